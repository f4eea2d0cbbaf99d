#include "kafka/client/topic_leader.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <memory>
#include <span>

namespace ticklake::kafka {

Result<net::HostPort> TopicLeader(const RdKafkaHandle& handle, const std::string& topic,
                                  int32_t partition) {
  const std::unique_ptr<rd_kafka_topic_t, Free<&rd_kafka_topic_destroy>> local(
      rd_kafka_topic_new(handle.get(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* raw = nullptr;
  const auto err = handle.Metadata(false, local.get(), &raw);
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(handle.ErrorFor(err, topic));
  const std::unique_ptr<const rd_kafka_metadata_t, Free<&rd_kafka_metadata_destroy>> owner(raw);
  const std::span brokers(raw->brokers, static_cast<size_t>(raw->broker_cnt));
  for (const auto& found : std::span(raw->topics, static_cast<size_t>(raw->topic_cnt))) {
    const std::span partitions(found.partitions, static_cast<size_t>(found.partition_cnt));
    const auto at = std::ranges::find(partitions, partition, &rd_kafka_metadata_partition_t::id);
    if (found.topic != topic || at == partitions.end()) continue;
    const auto leader = std::ranges::find(brokers, at->leader, &rd_kafka_metadata_broker_t::id);
    if (leader == brokers.end()) break;
    return net::HostPort{leader->host, static_cast<uint16_t>(leader->port)};
  }
  return Fail(Code::kUnavailable, "{} [{}]: has no leader now", topic, partition);
}

}  // namespace ticklake::kafka
