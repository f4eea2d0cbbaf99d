// The LogReader on librdkafka under the conformance suite: against the embedded broker, and
// against the brokers that TICKLAKE_TEST_BROKERS names (tests/test_log_reader.py starts an Apache
// Kafka and sets it). It stands in this room because only here broker and client meet.

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include "base/clock.h"
#include "broker/broker.h"
#include "kafka/client/admin.h"
#include "kafka/client/rdkafka_handle.h"
#include "kafka/client/rdkafka_log_reader.h"
#include "kafka/log_reader_conformance.h"

namespace ticklake::kafka {
namespace {

constexpr const char* kCodecs[] = {"none", "gzip", "snappy", "lz4", "zstd"};

// Unique in this process, and among processes that share a cluster.
std::string UniqueName() {
  static std::atomic<int> next = 0;
  return fmt::format("conform-{}-{}-", SystemClock().Now(), next++);
}

class RdKafkaHarness : public LogReaderHarness {
 public:
  /// in_bulk: as RdKafkaLogReaderOptions.
  RdKafkaHarness(std::string bootstrap, bool in_bulk)
      : client_{.bootstrap = std::move(bootstrap)},
        admin_(Admin::Open(client_).value()),
        reader_(OpenRdKafkaLogReader({.client = client_, .in_bulk = in_bulk}).value()) {}

  LogReader& reader() override { return *reader_; }
  std::string prefix() override { return prefix_; }
  Result<void> CreateTopic(const std::string& name, int32_t partitions) override {
    TL_TRY(admin_->EnsureTopic(name, partitions));
    return {};
  }
  Result<void> DeleteTopic(const std::string& name) override { return admin_->DeleteTopic(name); }

  Result<void> Produce(const std::string& topic, int32_t partition,
                       const std::vector<OwnedRecord>& records, Compression codec) override {
    TL_ASSIGN(const auto handle,
              RdKafkaHandle::Create(
                  RdKafkaHandle::Type::kProducer, client_,
                  {{"compression.type", kCodecs[static_cast<size_t>(codec)]}, {"linger.ms", "5"}}));
    for (const OwnedRecord& record : records) TL_TRY(Send(*handle, topic, partition, record));
    if (rd_kafka_flush(handle->get(), 20'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Fail(Code::kTimeout, "not acknowledged");
    }
    if (handle->failed_deliveries() > 0) return Fail(Code::kIo, "{}", handle->first_failure());
    return {};
  }

 private:
  static Result<void> Send(const RdKafkaHandle& handle, const std::string& topic, int32_t partition,
                           const OwnedRecord& record) {
    std::vector<rd_kafka_vu_t> fields(6 + record.headers.size());
    const auto bytes = [](const std::optional<std::string>& text) -> void* {
      return text ? const_cast<char*>(text->c_str()) : nullptr;
    };
    const auto size = [](const std::optional<std::string>& text) {
      return text ? text->size() : size_t{0};
    };
    fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    fields[0].u.cstr = topic.c_str();
    fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[1].u.i32 = partition;
    fields[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[2].u.i = RD_KAFKA_MSG_F_COPY;
    fields[3].vtype = RD_KAFKA_VTYPE_KEY;
    fields[3].u.mem = {bytes(record.key), size(record.key)};
    fields[4].vtype = RD_KAFKA_VTYPE_VALUE;
    fields[4].u.mem = {bytes(record.value), size(record.value)};
    fields[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    fields[5].u.i64 = record.timestamp_ms;
    for (size_t i = 0; i < record.headers.size(); ++i) {
      const auto& [name, value] = record.headers[i];
      fields[6 + i].vtype = RD_KAFKA_VTYPE_HEADER;
      fields[6 + i].u.header = {name.c_str(), bytes(value), static_cast<ssize_t>(size(value))};
    }
    rd_kafka_error_t* error = rd_kafka_produceva(handle.get(), fields.data(), fields.size());
    if (error == nullptr) return {};
    const std::string why = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    return Fail(Code::kInvalid, "{}", why);
  }

  const ClientOptions client_;
  const std::string prefix_ = UniqueName();
  std::unique_ptr<Admin> admin_;
  std::unique_ptr<LogReader> reader_;
};

// A broker of its own, in a directory that goes with it.
class OwnBroker {
 public:
  OwnBroker(const OwnBroker&) = delete;
  OwnBroker& operator=(const OwnBroker&) = delete;

 protected:
  OwnBroker()
      : directory_(::testing::TempDir() + UniqueName()),
        broker_(broker::Broker::Start({.directory = directory_, .listen = "127.0.0.1:0"}).value()) {
  }
  ~OwnBroker() {
    broker_.reset();
    std::filesystem::remove_all(directory_);
  }

  const std::string directory_;
  std::unique_ptr<broker::Broker> broker_;
};

class EmbeddedHarness final : OwnBroker, public RdKafkaHarness {
 public:
  explicit EmbeddedHarness(bool in_bulk) : RdKafkaHarness(broker_->address(), in_bulk) {}
};

/// Message by message, and in whole batches.
std::vector<LogReaderCase> Cases() {
  std::vector<LogReaderCase> cases;
  for (const auto& [name, in_bulk] : {std::pair{"", false}, std::pair{"InBulk", true}}) {
    cases.push_back({std::string("EmbeddedBroker") + name,
                     [bulk = in_bulk] { return std::make_unique<EmbeddedHarness>(bulk); }});
    if (const char* brokers = std::getenv("TICKLAKE_TEST_BROKERS")) {
      cases.push_back(
          {std::string("GivenBrokers") + name, [brokers = std::string(brokers), bulk = in_bulk] {
             return std::make_unique<RdKafkaHarness>(brokers, bulk);
           }});
    }
  }
  return cases;
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(RdKafka, LogReaderConformance, ::testing::ValuesIn(Cases()), CaseName);

}  // namespace ticklake::kafka
