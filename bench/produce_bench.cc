// Produces fixed-size records through librdkafka and checks that the broker has them all.
//
//   produce_bench BOOTSTRAP TOPIC COUNT SIZE ACKS
//
// Prints one JSON line: records, seconds from the first produce call to the last ack, rate,
// and this process's CPU seconds. The topic must not hold records before. bench/run starts
// the brokers, interleaves the peers and computes the ratios.
#include <librdkafka/rdkafka.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace {

struct Deliveries {
  int64_t acked = 0;
  int64_t failed = 0;
};

void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* deliveries = static_cast<Deliveries*>(opaque);
  (message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? deliveries->acked : deliveries->failed) += 1;
}

[[noreturn]] void Die(const std::string& why) {
  fmt::print(stderr, "produce_bench: {}\n", why);
  std::exit(1);
}

rd_kafka_t* MakeProducer(const char* bootstrap, const char* acks, Deliveries* deliveries) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[512];
  const std::pair<const char*, const char*> settings[] = {
      {"bootstrap.servers", bootstrap},
      {"acks", acks},
      {"linger.ms", "5"},
      {"batch.num.messages", "10000"},
      {"queue.buffering.max.messages", "500000"},
  };
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) Die(error);
  }
  rd_kafka_conf_set_dr_msg_cb(conf, OnDelivery);
  rd_kafka_conf_set_opaque(conf, deliveries);
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (producer == nullptr) Die(error);
  return producer;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) Die("usage: produce_bench BOOTSTRAP TOPIC COUNT SIZE ACKS");
  const char* topic = argv[2];
  const int64_t count = std::strtoll(argv[3], nullptr, 10);
  std::string payload(std::strtoul(argv[4], nullptr, 10), 'x');
  Deliveries deliveries;
  rd_kafka_t* producer = MakeProducer(argv[1], argv[5], &deliveries);
  rd_kafka_topic_t* handle = rd_kafka_topic_new(producer, topic, nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(producer, 0, handle, &metadata, 10'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Die("no metadata");
  }
  rd_kafka_metadata_destroy(metadata);

  const double cpu = CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(payload.data(), &i, sizeof i);
    while (rd_kafka_produce(handle, 0, RD_KAFKA_MSG_F_COPY, payload.data(), payload.size(), nullptr,
                            0, nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) Die("produce failed");
      rd_kafka_poll(producer, 10);
    }
    if (i % 1000 == 0) rd_kafka_poll(producer, 0);
  }
  rd_kafka_flush(producer, 120'000);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double used = CpuSeconds() - cpu;

  // Where acks do not wait for the disk, the high watermark follows a little later.
  int64_t low = 0;
  int64_t high = 0;
  for (int tries = 0; tries < 100 && high < count; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    rd_kafka_query_watermark_offsets(producer, topic, 0, &low, &high, 30'000);
  }
  if (deliveries.acked != count || high != count) {
    Die(fmt::format("{} of {} records acked, {} failed; the broker's end offset is {}",
                    deliveries.acked, count, deliveries.failed, high));
  }
  fmt::print("{{\"records\":{},\"seconds\":{:.4f},\"rate\":{:.0f},\"client_cpu\":{:.3f}}}\n", count,
             seconds, static_cast<double>(count) / seconds, used);
  rd_kafka_topic_destroy(handle);
  rd_kafka_destroy(producer);
  return 0;
}
