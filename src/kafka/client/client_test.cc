// Producer, Admin and the reader against librdkafka's own mock cluster: in this process, on a
// loopback port of its own. What only a real broker shows is in tests/.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/clock.h"
#include "kafka/client/admin.h"
#include "kafka/client/producer.h"
#include "kafka/client/rdkafka_handle.h"
#include "kafka/client/rdkafka_log_reader.h"

namespace ticklake::kafka {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr milliseconds kSoon{10'000};

class MockCluster {
 public:
  MockCluster() {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", nullptr, 0);
    rk_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0));
    cluster_.reset(rd_kafka_mock_cluster_new(rk_.get(), 1));
    rd_kafka_mock_set_controller_id(cluster_.get(), 1);
    rd_kafka_mock_topic_create(cluster_.get(), "t", 2, 1);
  }
  ClientOptions client() const {
    return {.bootstrap = rd_kafka_mock_cluster_bootstraps(cluster_.get())};
  }
  rd_kafka_mock_cluster_t* get() const { return cluster_.get(); }

 private:
  std::unique_ptr<rd_kafka_t, Free<&rd_kafka_destroy>> rk_;
  std::unique_ptr<rd_kafka_mock_cluster_t, Free<&rd_kafka_mock_cluster_destroy>> cluster_;
};

std::unique_ptr<Producer> OpenProducer(const ProducerOptions& options) {
  auto producer = Producer::Open(options);
  EXPECT_TRUE(producer) << producer.error().message;
  return std::move(*producer);
}

TEST(Producer, WhatIsProducedIsReadBack) {
  const MockCluster cluster;
  const auto producer = OpenProducer({.client = cluster.client()});
  constexpr int kRecords = 5'000;
  for (int i = 0; i < kRecords; ++i) {
    const std::string key = "k" + std::to_string(i);
    const std::string value = "v" + std::to_string(i);
    OutgoingRecord record{.topic = "t", .partition = 1, .timestamp_ms = 1'700'000'000'000 + i};
    if (i % 3 != 0) record.key = key;
    if (i % 5 != 0) record.value = value;
    if (i % 7 == 0) record.value = "";
    ASSERT_TRUE(producer->Produce(record));
  }
  ASSERT_TRUE(producer->Flush(kSoon));
  EXPECT_EQ(producer->acknowledged(), kRecords);

  const auto reader = OpenRdKafkaLogReader({.client = cluster.client()});
  ASSERT_TRUE(reader) << reader.error().message;
  const auto topics = (*reader)->Topics();
  ASSERT_TRUE(topics) << topics.error().message;
  ASSERT_EQ(topics->size(), 1U);
  EXPECT_EQ(topics->front().partitions, 2);
  const LogId log{(*reader)->ClusterId().value_or("?"), topics->front().topic_id, 1};
  const auto bounds = (*reader)->Bounds(log);
  ASSERT_TRUE(bounds) << bounds.error().message;
  EXPECT_EQ(bounds->last_stable, kRecords);

  int64_t offset = 0;
  while (offset < kRecords) {
    const auto chunk = (*reader)->Read(log, offset, 64 << 10);
    ASSERT_TRUE(chunk) << chunk.error().message;
    for (const Record& record : chunk->records) {
      const int64_t i = offset++;
      ASSERT_EQ(record.offset, i);
      EXPECT_EQ(record.timestamp_ms, 1'700'000'000'000 + i);
      EXPECT_EQ(record.key.has_value(), i % 3 != 0);
      EXPECT_EQ(record.value.has_value(), i % 5 != 0 || i % 7 == 0);
      if (record.value) {
        EXPECT_EQ(*record.value, i % 7 == 0 ? "" : "v" + std::to_string(i));
      }
    }
    EXPECT_EQ(chunk->next_offset, offset);
  }
  const auto end = (*reader)->Read(log, offset, 1);
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_TRUE(end->records.empty());
  EXPECT_EQ(end->next_offset, offset);
}

TEST(Producer, ASmallQueueMakesItWaitAndLosesNothing) {
  const MockCluster cluster;
  const auto producer = OpenProducer({.client = cluster.client(), .queue_bytes = 64 << 10});
  const std::string value(1000, 'x');
  for (int i = 0; i < 2'000; ++i) ASSERT_TRUE(producer->Produce({.topic = "t", .value = value}));
  ASSERT_TRUE(producer->Flush(kSoon));
  EXPECT_EQ(producer->acknowledged(), 2'000);
  EXPECT_EQ(producer->failed(), 0);
}

TEST(Producer, AFullQueueGivesWayToAStop) {
  const MockCluster cluster;
  std::stop_source stop;
  const auto producer =
      OpenProducer({.client = cluster.client(), .queue_bytes = 1 << 10, .stop = stop.get_token()});
  rd_kafka_mock_broker_set_rtt(cluster.get(), 1, 60'000);
  stop.request_stop();
  const std::string value(500, 'x');
  Result<void> produced;
  for (int i = 0; i < 10 && produced; ++i)
    produced = producer->Produce({.topic = "t", .value = value});
  ASSERT_FALSE(produced);
  EXPECT_EQ(produced.error().code, Code::kCancelled);
  rd_kafka_mock_broker_set_rtt(cluster.get(), 1, 0);
}

TEST(Producer, RefusedRecordsAreCountedWithTheFirstCause) {
  const MockCluster cluster;
  constexpr int16_t kProduceApi = 0;
  rd_kafka_mock_push_request_errors(cluster.get(), kProduceApi, 1,
                                    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const auto producer = OpenProducer({.client = cluster.client(), .idempotent = false});
  ASSERT_TRUE(producer->Produce({.topic = "t", .value = "v"}));
  ASSERT_TRUE(producer->Flush(kSoon));
  EXPECT_EQ(producer->failed(), 1);
  EXPECT_EQ(producer->acknowledged(), 0);
  EXPECT_THAT(producer->Check().error().message,
              HasSubstr("t [0]: Broker: Topic authorization failed"));
}

TEST(Client, AnUnreachableBrokerIsNamed) {
  const Nanos start = SystemClock().Monotonic();
  const auto admin = Admin::Open({.bootstrap = "127.0.0.1:1"});
  ASSERT_FALSE(admin);
  EXPECT_EQ(admin.error().code, Code::kUnavailable);
  EXPECT_THAT(admin.error().message, HasSubstr("127.0.0.1:1"));
  EXPECT_THAT(admin.error().message, HasSubstr("Connection refused"));
  EXPECT_LT(SystemClock().Monotonic() - start, 9 * kNanosPerSecond);
}

TEST(Client, AnUnknownPropertyIsNamed) {
  const auto admin = Admin::Open({.bootstrap = "127.0.0.1:1", .properties = {{"no.such", "1"}}});
  ASSERT_FALSE(admin);
  EXPECT_EQ(admin.error().code, Code::kInvalid);
  EXPECT_THAT(admin.error().message, HasSubstr("no.such"));
}

TEST(Admin, ATopicThatExistsKeepsItsPartitions) {
  const MockCluster cluster;
  const auto admin = Admin::Open(cluster.client());
  ASSERT_TRUE(admin) << admin.error().message;
  EXPECT_EQ((*admin)->EnsureTopic("t", 7).value_or(-1), 2);
  EXPECT_EQ((*admin)->CountPartitions("none").error().code, Code::kNotFound);
}

TEST(RdKafkaLogReader, WhatIsNotThereIsNotFound) {
  const MockCluster cluster;
  const auto reader = OpenRdKafkaLogReader({.client = cluster.client()});
  ASSERT_TRUE(reader) << reader.error().message;
  const auto topics = (*reader)->Topics();
  ASSERT_TRUE(topics && topics->size() == 1);
  const std::string cluster_id = (*reader)->ClusterId().value_or("?");
  const Uuid topic = topics->front().topic_id;
  EXPECT_EQ((*reader)->Read({cluster_id, topic, 0}, 1, 1).error().code, Code::kNotFound);
  EXPECT_EQ((*reader)->Read({cluster_id, topic, 0}, -1, 1).error().code, Code::kNotFound);
  EXPECT_EQ((*reader)->Read({cluster_id, topic, 2}, 0, 1).error().code, Code::kNotFound);
  EXPECT_EQ((*reader)->Bounds({cluster_id, topic, 2}).error().code, Code::kNotFound);
  EXPECT_EQ((*reader)->Bounds({cluster_id, Uuid{}, 0}).error().code, Code::kNotFound);
}

TEST(RdKafkaLogReader, GrowthEndsAWait) {
  const MockCluster cluster;
  const auto opened = OpenRdKafkaLogReader({.client = cluster.client()});
  ASSERT_TRUE(opened) << opened.error().message;
  LogReader& reader = **opened;
  const auto topics = reader.Topics();
  ASSERT_TRUE(topics && topics->size() == 1);
  const LogId log{reader.ClusterId().value_or("?"), topics->front().topic_id, 0};
  ASSERT_TRUE(reader.Read(log, 0, 1));
  uint64_t ticket = reader.WaitForChange(0, milliseconds(0));
  const auto producer = OpenProducer({.client = cluster.client(), .linger = milliseconds(0)});
  ASSERT_TRUE(producer->Produce({.topic = "t", .value = "v"}));
  ASSERT_TRUE(producer->Flush(kSoon));
  // Wake-ups may be spurious, so what counts is that the record comes.
  for (const Nanos end = SystemClock().Monotonic() + kSoon.count() * kNanosPerMilli;;) {
    const auto chunk = reader.Read(log, 0, 1);
    ASSERT_TRUE(chunk) << chunk.error().message;
    if (!chunk->records.empty()) break;
    ASSERT_LT(SystemClock().Monotonic(), end);
    ticket = reader.WaitForChange(ticket, milliseconds(1000));
  }
}

}  // namespace
}  // namespace ticklake::kafka
