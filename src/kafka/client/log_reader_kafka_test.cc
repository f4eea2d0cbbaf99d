// The reader against a real Apache Kafka, started here by
// ${TICKLAKE_SHARED:-../shared}/peers/kafka-up: what the mock cluster can't show. Skipped, loudly,
// where that script is missing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <thread>

#include "base/clock.h"
#include "kafka/client/admin.h"
#include "kafka/client/producer.h"
#include "kafka/client/rdkafka_admin.h"
#include "kafka/client/rdkafka_log_reader.h"

namespace ticklake::kafka {
namespace {

using std::chrono::milliseconds;

// Empty when there are none.
std::filesystem::path Peers() {
  if (const char* shared = std::getenv("TICKLAKE_SHARED")) {
    return std::filesystem::path(shared) / "peers";
  }
  // Tests run in the build folder, below the repository that `shared` stands beside.
  std::filesystem::path folder = std::filesystem::current_path();
  for (; folder.has_relative_path(); folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / "shared" / "peers")) return folder / "shared" / "peers";
  }
  return {};
}

// The first line that a command prints; empty when it fails.
std::string FirstLine(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
  std::array<char, 512> line{};
  const bool got = pipe != nullptr && std::fgets(line.data(), line.size(), pipe) != nullptr;
  return pclose(pipe) == 0 && got ? line.data() : "";
}

class ApacheKafka {
 public:
  ApacheKafka() {
    const int port = 20'000 + getpid() % 20'000 / 2 * 2;
    // One partition instead of 50 for the transactions' own topic: less to make at the start.
    const std::string line = FirstLine(
        fmt::format("{}/kafka-up -p {} -d {} -H 256m -o transaction.state.log.num.partitions=1",
                    Peers().string(), port, dir_));
    bootstrap_ = line.substr(0, line.find(' '));
  }
  ~ApacheKafka() { FirstLine(fmt::format("{}/kafka-down -9 -r {}", Peers().string(), dir_)); }
  ApacheKafka(const ApacheKafka&) = delete;
  ApacheKafka& operator=(const ApacheKafka&) = delete;

  const std::string& bootstrap() const { return bootstrap_; }
  const std::string& dir() const { return dir_; }

 private:
  const std::string dir_ = fmt::format("{}ticklake-kafka-{}", ::testing::TempDir(), getpid());
  std::string bootstrap_;
};

/// How the reader is to read.
struct Way {
  std::string bootstrap;
  std::string suffix;  ///< of topics' names
  bool in_bulk = false;
};

// One topic and what a test does with it.
class Topic {
 public:
  Topic(const Way& way, const std::string& name, int32_t partitions)
      : client_{.bootstrap = way.bootstrap}, name_(name + way.suffix) {
    admin_ = Admin::Open(client_).value_or(nullptr);
    EXPECT_EQ(admin_->EnsureTopic(name_, partitions).value_or(-1), partitions);
    reader_ = OpenRdKafkaLogReader({.client = client_, .in_bulk = way.in_bulk}).value_or(nullptr);
  }
  const std::string& name() const { return name_; }
  LogReader& reader() { return *reader_; }
  Admin& admin() { return *admin_; }
  const ClientOptions& client() const { return client_; }

  LogId Log(int32_t partition = 0) {
    const auto topics = reader_->Topics();
    for (const TopicInfo& topic : *topics) {
      if (topic.name == name_) return {*reader_->ClusterId(), topic.topic_id, partition};
    }
    ADD_FAILURE() << name_ << " is not listed";
    return {};
  }
  void Produce(int32_t partition, int from, int to) {
    auto producer = Producer::Open({.client = client_});
    ASSERT_TRUE(producer);
    for (int i = from; i < to; ++i) {
      const std::string value = std::to_string(i);
      ASSERT_TRUE((*producer)->Produce({.topic = name_, .partition = partition, .value = value}));
    }
    ASSERT_TRUE((*producer)->Flush(milliseconds(20'000)));
    ASSERT_EQ((*producer)->failed(), 0);
  }
  // A transaction's marker is written a little after its end was accepted.
  void AwaitStable(const LogId& log, int64_t offset) {
    for (int i = 0; i < 1000; ++i) {
      const auto bounds = reader_->Bounds(log);
      if (bounds && bounds->last_stable == offset) return;
      SystemClock().SleepFor(milliseconds(10));
    }
    ADD_FAILURE() << "the last stable offset did not become " << offset;
  }
  // All values from `offset` to the last stable offset; `offset` becomes where reading ended.
  std::vector<std::string> ReadOn(const LogId& log, int64_t& offset) {
    std::vector<std::string> values;
    for (;;) {
      const auto chunk = reader_->Read(log, offset, 1 << 20);
      EXPECT_TRUE(chunk) << chunk.error().message;
      if (!chunk || chunk->next_offset == offset) return values;
      for (const Record& record : chunk->records) values.emplace_back(record.value.value_or("∅"));
      offset = chunk->next_offset;
    }
  }

 private:
  const ClientOptions client_;
  const std::string name_;
  std::unique_ptr<Admin> admin_;
  std::unique_ptr<LogReader> reader_;
};

// A transactional producer of single records, bare librdkafka.
class Transactions {
 public:
  Transactions(const ClientOptions& client, const char* topic) {
    handle_ = *RdKafkaHandle::Create(RdKafkaHandle::Type::kProducer, client,
                                     {{"transactional.id", topic}});
    Must(rd_kafka_init_transactions(handle_->get(), 20'000));
    topic_ = rd_kafka_topic_new(handle_->get(), topic, nullptr);
  }
  ~Transactions() { rd_kafka_topic_destroy(topic_); }
  Transactions(const Transactions&) = delete;
  Transactions& operator=(const Transactions&) = delete;

  void Begin(const std::vector<std::string>& values) {
    Must(rd_kafka_begin_transaction(handle_->get()));
    for (std::string value : values) {
      ASSERT_EQ(rd_kafka_produce(topic_, 0, RD_KAFKA_MSG_F_COPY, value.data(), value.size(),
                                 nullptr, 0, nullptr),
                0);
    }
    ASSERT_EQ(rd_kafka_flush(handle_->get(), 20'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void Commit() { Must(rd_kafka_commit_transaction(handle_->get(), 20'000)); }
  void Abort() { Must(rd_kafka_abort_transaction(handle_->get(), 20'000)); }

 private:
  static void Must(rd_kafka_error_t* error) {
    if (error == nullptr) return;
    ADD_FAILURE() << rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
  }
  std::shared_ptr<RdKafkaHandle> handle_;
  rd_kafka_topic_t* topic_ = nullptr;
};

void ReadsCommittedRecordsOnly(const Way& way) {
  Topic topic(way, "transactions", 1);
  const LogId log = topic.Log();
  Transactions transactions(topic.client(), topic.name().c_str());
  using Values = std::vector<std::string>;
  int64_t offset = 0;

  transactions.Begin({"a", "b"});
  EXPECT_EQ(topic.ReadOn(log, offset), Values{}) << "the transaction is open";
  EXPECT_EQ(offset, 0);
  const auto open = topic.reader().Bounds(log);
  EXPECT_EQ(open->last_stable, 0);
  EXPECT_EQ(open->durable_end, 2);

  transactions.Commit();
  topic.AwaitStable(log, 3);
  EXPECT_EQ(topic.ReadOn(log, offset), (Values{"a", "b"}));
  EXPECT_EQ(offset, 3) << "behind the control record";

  transactions.Begin({"lost", "lost too"});
  transactions.Abort();
  topic.AwaitStable(log, 6);
  EXPECT_EQ(topic.ReadOn(log, offset), Values{});
  EXPECT_EQ(offset, 6) << "behind aborted records and their marker";

  transactions.Begin({"c"});
  transactions.Commit();
  topic.AwaitStable(log, 8);
  EXPECT_EQ(topic.ReadOn(log, offset), Values{"c"});
  int64_t again = 0;
  EXPECT_EQ(topic.ReadOn(log, again), (Values{"a", "b", "c"}));
  EXPECT_EQ(again, offset);
}

void TellsIncarnationsApart(const Way& way) {
  Topic topic(way, "reborn", 1);
  topic.Produce(0, 0, 10);
  const LogId old_log = topic.Log();
  int64_t offset = 0;
  EXPECT_EQ(topic.ReadOn(old_log, offset).size(), 10U);

  ASSERT_TRUE(topic.admin().DeleteTopic(topic.name()));
  ASSERT_EQ(topic.admin().EnsureTopic(topic.name(), 1).value_or(-1), 1);
  topic.Produce(0, 100, 120);
  const LogId new_log = topic.Log();
  EXPECT_NE(new_log.topic_id, old_log.topic_id);
  EXPECT_EQ(topic.reader().Read(old_log, 10, 1).error().code, Code::kNotFound);
  EXPECT_EQ(topic.reader().Read(old_log, 0, 1).error().code, Code::kNotFound);
  EXPECT_EQ(topic.reader().Bounds(old_log).error().code, Code::kNotFound);
  offset = 0;
  EXPECT_EQ(topic.ReadOn(new_log, offset).size(), 20U);
}

void NeverResetsAnOffset(const Way& way) {
  Topic topic(way, "shortened", 1);
  topic.Produce(0, 0, 100);
  const LogId log = topic.Log();
  const auto handle = *RdKafkaHandle::Create(RdKafkaHandle::Type::kProducer, topic.client(), {});
  rd_kafka_topic_partition_list_t* before = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(before, topic.name().c_str(), 0)->offset = 60;
  rd_kafka_DeleteRecords_t* order = rd_kafka_DeleteRecords_new(before);
  AdminCall call(*handle, RD_KAFKA_ADMIN_OP_DELETERECORDS);
  rd_kafka_DeleteRecords(handle->get(), &order, 1, call.options(), call.queue());
  EXPECT_TRUE(call.Wait("deleting records"));
  rd_kafka_DeleteRecords_destroy(order);
  rd_kafka_topic_partition_list_destroy(before);

  EXPECT_EQ(topic.reader().Bounds(log)->log_start, 60);
  EXPECT_EQ(topic.reader().Read(log, 59, 1).error().code, Code::kNotFound);
  EXPECT_EQ(topic.reader().Read(log, 101, 1).error().code, Code::kNotFound);
  int64_t offset = 60;
  EXPECT_EQ(topic.ReadOn(log, offset).size(), 40U);
}

void FindsTheEndOfADamagedBatch(const Way& way, const std::string& directory) {
  Topic topic(way, "damaged", 1);
  const std::string segment =
      fmt::format("{}/data/{}-0/00000000000000000000.log", directory, topic.name());
  topic.Produce(0, 0, 10);
  topic.Produce(0, 10, 47);
  const auto end_of_second = std::filesystem::file_size(segment);
  topic.Produce(0, 47, 60);
  std::FILE* file = std::fopen(segment.c_str(), "r+");
  ASSERT_NE(file, nullptr);
  std::fseek(file, static_cast<long>(end_of_second) - 1, SEEK_SET);
  std::fputc('!', file);
  std::fclose(file);

  const LogId log = topic.Log();
  const auto intact = topic.reader().Read(log, 0, 1);
  ASSERT_TRUE(intact) << intact.error().message;
  EXPECT_LE(intact->next_offset, 10);
  for (const int64_t offset : {10, 30, 46}) {
    const auto damaged = topic.reader().Read(log, offset, 1);
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, Code::kCorrupt) << damaged.error().message;
    EXPECT_EQ(topic.reader().NextBatchOffset(log, offset).value_or(-1), 47);
  }
  int64_t offset = 47;
  EXPECT_EQ(topic.ReadOn(log, offset).size(), 13U);
}

void ReadsManyLogsAtOnce(const Way& way) {
  Topic topic(way, "many", 4);
  for (int32_t p = 0; p < 4; ++p) topic.Produce(p, 0, 20'000);
  std::vector<std::jthread> readers;
  readers.reserve(4);
  for (int32_t p = 0; p < 4; ++p) {
    readers.emplace_back([&topic, log = topic.Log(p)] {
      int64_t offset = 0;
      const auto values = topic.ReadOn(log, offset);
      ASSERT_EQ(values.size(), 20'000U);
      for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], std::to_string(i));
    });
  }
}

TEST(RdKafkaLogReader, OnApacheKafka) {
  if (!std::filesystem::exists(Peers() / "kafka-up")) {
    GTEST_SKIP() << "OPTIONAL PEER MISSING: no peers/kafka-up (set TICKLAKE_SHARED)";
  }
  const ApacheKafka kafka;
  if (kafka.bootstrap().empty()) GTEST_SKIP() << "kafka-up did not start: is there a Java 17?";
  // Message by message, and in whole batches.
  for (const Way& way :
       {Way{kafka.bootstrap(), "", false}, Way{kafka.bootstrap(), "-in-bulk", true}}) {
    SCOPED_TRACE(way.suffix);
    ReadsCommittedRecordsOnly(way);
    TellsIncarnationsApart(way);
    NeverResetsAnOffset(way);
    ReadsManyLogsAtOnce(way);
    FindsTheEndOfADamagedBatch(way, kafka.dir());
  }
}

}  // namespace
}  // namespace ticklake::kafka
