// BulkFetch against a broker of a few lines that answers what the test says.

#include "kafka/client/bulk_fetch.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "kafka/batch_builder.h"
#include "kafka/protocol/metadata.h"
#include "kafka/protocol/request.h"

namespace ticklake::kafka {
namespace {

using protocol::ErrorCode;
using ::testing::ElementsAre;
using Partition = protocol::FetchResponse::Topic::Partition;

constexpr std::chrono::milliseconds kTimeout{2'000};

/// Answers one connection's requests, then closes it.
class FakeBroker {
 public:
  /// The answer to a Fetch at that offset; nothing closes the connection.
  using Answer = std::function<std::optional<Partition>(int64_t offset)>;

  explicit FakeBroker(Answer answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { Serve(); });
  }
  ~FakeBroker() {
    sockets_.reset();
    shutdown(listener_, SHUT_RDWR);
    thread_ = {};
    close(listener_);
  }
  FakeBroker(const FakeBroker&) = delete;
  FakeBroker& operator=(const FakeBroker&) = delete;

  std::unique_ptr<BulkFetch> Open(int64_t offset = 0) {
    return std::make_unique<BulkFetch>(*sockets_,
                                       BulkFetch::Place{{"127.0.0.1", port_}, "t", 0, offset});
  }

  int16_t fetch_highest = 18;
  int32_t correlation_shift = 0;
  std::optional<std::string> raw;  ///< sent instead of an answer to Fetch

 private:
  static bool ReceiveAll(int fd, char* to, size_t size) {
    return recv(fd, to, size, MSG_WAITALL) == static_cast<ssize_t>(size);
  }

  void Serve() {
    const int fd = accept(listener_, nullptr, nullptr);
    char head[4];
    while (fd >= 0 && ReceiveAll(fd, head, 4)) {
      std::string frame(LoadBig<uint32_t>(head), '\0');
      if (!ReceiveAll(fd, frame.data(), frame.size())) break;
      const auto answer = AnswerTo(frame);
      if (!answer || send(fd, answer->data(), answer->size(), MSG_NOSIGNAL) < 0) break;
    }
    close(fd);
  }

  std::optional<std::string> AnswerTo(const std::string& frame) {
    const auto request = protocol::DecodeRequest(frame);
    const int16_t version = request->header.version;
    protocol::Writer writer(version, request->api->IsFlexible(version));
    protocol::EncodeResponseHeader(*request->api,
                                   request->header.correlation_id + correlation_shift, writer);
    if (request->api->key == protocol::ApiKey::kApiVersions) {
      protocol::ApiVersionsResponse answer;
      answer.apis.push_back({.key = 1, .lowest = 4, .highest = fetch_highest});
      protocol::Encode(answer, writer);
    } else {
      if (raw) return raw;
      const auto fetch = protocol::Decode<protocol::FetchRequest>(request->body, version);
      EXPECT_EQ(fetch->isolation_level, 1);
      auto partition = answer_(fetch->topics.at(0).partitions.at(0).fetch_offset);
      if (!partition) return std::nullopt;
      protocol::FetchResponse answer;
      answer.topics.emplace_back().name = "t";
      answer.topics[0].partitions.push_back(std::move(*partition));
      protocol::Encode(answer, writer);
    }
    std::string out;
    AppendBig<uint32_t>(out, static_cast<uint32_t>(writer.size()));
    return out + writer.Flatten();
  }

  std::unique_ptr<FetchSockets> sockets_ = std::make_unique<FetchSockets>(kTimeout);
  const Answer answer_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::jthread thread_;
};

std::string Batch(BatchOptions options, const std::vector<std::string>& values) {
  BatchBuilder builder(options);
  for (const std::string& value : values) builder.Add({.key = "k", .value = value});
  return *builder.Build();
}

Partition Of(std::string bytes, int64_t stable) {
  const auto owner = std::make_shared<const std::string>(std::move(bytes));
  Partition partition{.high_watermark = stable, .last_stable_offset = stable};
  partition.records.slices.push_back({*owner, owner});
  return partition;
}

std::vector<std::string> Values(const RecordChunk& chunk) {
  std::vector<std::string> values;
  values.reserve(chunk.records.size());
  for (const Record& record : chunk.records) {
    values.push_back(fmt::format("{}={}", record.offset, record.value.value_or("∅")));
  }
  return values;
}

TEST(BulkFetch, GoesOnFromAnyOffsetThroughBatchesOfAllKinds) {
  const std::string first = Batch({.base_offset = 0}, {"a", "b"});
  const std::string second =
      Batch({.base_offset = 5, .compression = Compression::kLz4}, {"c", "d", "e"});
  FakeBroker broker([&](int64_t offset) -> std::optional<Partition> {
    if (offset < 2) return Of(first + second.substr(0, 70), 8);  // cut off, as brokers do
    return Of(offset < 8 ? second : "", 8);
  });
  auto fetch = broker.Open(1);
  auto chunk = fetch->Take(1 << 20);
  ASSERT_TRUE(chunk) << chunk.error().message;
  EXPECT_THAT(Values(*chunk), ElementsAre("1=b"));
  EXPECT_EQ(fetch->position(), 2);
  chunk = fetch->Take(1 << 20);
  ASSERT_TRUE(chunk) << chunk.error().message;
  EXPECT_THAT(Values(*chunk), ElementsAre("5=c", "6=d", "7=e")) << "behind a hole";
  EXPECT_EQ(fetch->position(), 8);
  chunk = fetch->Take(1 << 20);
  ASSERT_TRUE(chunk) << chunk.error().message;
  EXPECT_TRUE(chunk->records.empty());
  EXPECT_EQ(chunk->next_offset, 8) << "the end";
}

TEST(BulkFetch, TakesAboutAsMuchAsAskedFor) {
  std::string log;
  for (int i = 0; i < 10; ++i) log += Batch({.base_offset = i}, {std::string(1000, 'x')});
  FakeBroker broker([&](int64_t offset) {
    return Of(log.substr(log.size() / 10 * static_cast<size_t>(offset)), 10);
  });
  auto fetch = broker.Open(0);
  EXPECT_EQ(fetch->Take(2'500)->records.size(), 3U);
  EXPECT_EQ(fetch->Take(1)->records.size(), 1U);
  EXPECT_EQ(fetch->Take(1 << 20)->records.size(), 6U);
  EXPECT_EQ(fetch->Take(1 << 20)->next_offset, 10) << "the end";
}

TEST(BulkFetch, TakesNoMoreOfRecordsThatAreEmpty) {
  std::string log;
  for (int64_t i = 0; i < 3; ++i) {
    const BatchOptions options{.base_offset = 500 * i, .compression = Compression::kLz4};
    log += Batch(options, std::vector<std::string>(500));
  }
  FakeBroker broker([&](int64_t offset) { return Of(offset == 0 ? log : "", 1'500); });
  auto fetch = broker.Open(0);
  const size_t some = fetch->Take(2'000)->records.size();
  EXPECT_GT(some, 90U);
  EXPECT_LT(some, 110U) << "they take about 80 bytes each, not one";
  EXPECT_EQ(fetch->position(), static_cast<int64_t>(some)) << "inside a batch";
  const auto rest = fetch->Take(1 << 20);
  EXPECT_EQ(rest->records.size(), 1'500U - some);
  EXPECT_EQ(rest->records.front().offset, static_cast<int64_t>(some));
}

TEST(BulkFetch, LogsPassTheirConnectionsOn) {
  const std::string batch = Batch({}, {"a"});
  FakeBroker broker([&](int64_t offset) { return Of(offset == 0 ? batch : "", 1); });
  const auto first = broker.Open();
  const auto second = broker.Open();  // the broker accepts one connection
  EXPECT_THAT(Values(*first->Take(1 << 20)), ElementsAre("0=a"));
  EXPECT_THAT(Values(*second->Take(1 << 20)), ElementsAre("0=a"));
  EXPECT_TRUE(first->Take(1 << 20)->records.empty());
  EXPECT_EQ(first->stable_end(), 1);
}

TEST(BulkFetch, LeavesOutWhatWasAborted) {
  const BatchOptions open{.producer_id = 7, .producer_epoch = 0, .transactional = true};
  const auto at = [&](int64_t offset, int64_t producer, bool control = false) {
    BatchOptions options = open;
    options.base_offset = offset;
    options.producer_id = producer;
    options.control = control;
    return options;
  };
  const std::string log = Batch(at(0, 7), {"lost"}) + Batch(at(1, 8), {"kept"}) +
                          Batch(at(2, 7, true), {"abort"}) + Batch(at(3, 7), {"kept too"}) +
                          Batch(at(4, 7, true), {"commit"}) + Batch(at(5, 8, true), {"commit"}) +
                          Batch(at(6, 8), {"lost too"}) + Batch({.base_offset = 7}, {"plain"}) +
                          Batch(at(8, 8, true), {"abort"});
  FakeBroker broker([&](int64_t offset) {
    Partition partition = Of(offset == 0 ? log : "", 9);
    partition.aborted_transactions = {{.producer_id = 8, .first_offset = 6},
                                      {.producer_id = 7, .first_offset = 0}};
    return partition;
  });
  auto fetch = broker.Open(0);
  const auto chunk = fetch->Take(1 << 20);
  ASSERT_TRUE(chunk) << chunk.error().message;
  EXPECT_THAT(Values(*chunk), ElementsAre("1=kept", "3=kept too", "7=plain"));
  EXPECT_EQ(chunk->next_offset, 9) << "behind the last marker";
}

TEST(BulkFetch, SpeaksOnlyWithBrokersThatKnowItsVersion) {
  FakeBroker broker([](int64_t) { return Of("", 0); });
  broker.fetch_highest = 11;
  EXPECT_EQ(broker.Open()->Take(1).error().code, Code::kUnsupported);
}

TEST(BulkFetch, TellsEveryTrouble) {
  const std::string batch = Batch({}, {"a", "b"});
  {
    FakeBroker broker([](int64_t) -> std::optional<Partition> { return std::nullopt; });
    EXPECT_EQ(broker.Open()->Take(1).error().code, Code::kUnavailable) << "closed";
  }
  {
    FakeBroker broker([](int64_t) {
      Partition partition = Of("", 0);
      partition.error = ErrorCode::kOffsetOutOfRange;
      return partition;
    });
    EXPECT_EQ(broker.Open()->Take(1).error().code, Code::kUnavailable) << "an error code";
  }
  {
    FakeBroker broker([&](int64_t) {
      std::string damaged = batch;
      damaged.back() ^= 1;
      return Of(damaged, 2);
    });
    EXPECT_EQ(broker.Open()->Take(1).error().code, Code::kCorrupt) << "a wrong CRC";
  }
  {
    FakeBroker broker([&](int64_t) { return Of(batch, 2); });
    EXPECT_EQ(broker.Open(5)->Take(1).error().code, Code::kCorrupt) << "an answer from before";
  }
  {
    FakeBroker broker([&](int64_t) { return Of(batch, 2); });
    auto fetch = broker.Open();
    broker.correlation_shift = 1;
    EXPECT_EQ(fetch->Take(1).error().code, Code::kCorrupt) << "another request's answer";
  }
  {
    FakeBroker broker([&](int64_t) { return Of(batch, 2); });
    broker.raw = std::string("\x7f\xff\xff\xff", 4);
    EXPECT_EQ(broker.Open()->Take(1).error().code, Code::kCorrupt) << "a frame of 2 GiB";
  }
}

}  // namespace
}  // namespace ticklake::kafka
