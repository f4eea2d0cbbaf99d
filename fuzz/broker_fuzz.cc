// A client's whole conversation with the broker: frames through the session and its handlers, on a
// disk in memory. Whatever it sends, each request is answered, refused, or closes the connection;
// and what it stored is still there after a restart.
//
// The input is frames, each after its length (two bytes, big-endian). The record batches in a
// Produce request get the length and CRC that fit them, so that mutations reach the log.

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/memory_fs.h"
#include "base/thread_pool.h"
#include "broker/groups/coordinator.h"
#include "broker/groups/offset_store.h"
#include "broker/handlers/context.h"
#include "broker/handlers/fetch_waiters.h"
#include "broker/handlers/session.h"
#include "broker/handlers/settings.h"
#include "broker/log/topic_store.h"
#include "kafka/protocol/codec.h"
#include "kafka/protocol/header.h"
#include "kafka/protocol/messages.h"
#include "kafka/record_batch.h"
#include "net/byte_budget.h"

namespace {

using namespace ticklake;  // NOLINT(google-build-using-namespace): a program of one file
namespace asio = boost::asio;
namespace protocol = ticklake::kafka::protocol;

void Require(bool holds) {
  if (!holds) std::abort();
}

// All that a session talks to.
class Server {
 public:
  explicit Server(MemoryFileSystem& fs)
      : fs_(fs),
        settings_(broker::ParseSettings({{"group.initial.rebalance.delay.ms", "0"},
                                         {"log.flush.interval.messages", "1"}})
                      .value()) {
    broker::StoreOptions store;
    store.fs = &fs;
    store.clock = &clock_;
    store.dir = "broker";
    store.background = false;  // what is appended is flushed when the fuzzer says so
    store.topic_defaults = settings_.topic_defaults;
    topics_ = broker::TopicStore::Open(std::move(store)).value();
    offsets_ = broker::OffsetStore::Open(fs, {"broker/groups"}).value();
    groups_ = std::make_unique<broker::GroupCoordinator>(
        settings_.groups, settings_.offsets_retention_ms, *offsets_, clock_);
    identity_.cluster_id = topics_->cluster_id();
    identity_.advertised = {"127.0.0.1", 9092};
    parts_.emplace(identity_, settings_, *topics_, *groups_, waiters_, pool_, fs_, bytes_, bytes_);
    subscription_ = topics_->Subscribe(
        [this](const Uuid& topic, int32_t partition) { waiters_.Notify(topic, partition); });
  }
  ~Server() {
    StopWaiting();
    offsets_->Close();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Handles one frame; false when the connection must close.
  bool Serve(broker::KafkaSession& session, asio::io_context& loop, std::string_view frame) {
    std::optional<net::Reply> reply;
    asio::co_spawn(loop, Answer(session, frame), [&](const std::exception_ptr& e, net::Reply r) {
      Require(e == nullptr);
      reply = std::move(r);
    });
    constexpr int kHangs = 200'000;  // turns, half a minute: a fuzzer may be stopped for any time
    for (int turn = 0; !reply; ++turn) {
      loop.restart();
      loop.poll();
      if (reply) break;
      Require(turn < kHangs);
      Require(topics_->FlushAll().has_value());
      (void)groups_->Tick();
      if (turn == 20) StopWaiting();  // it waits for other members, or for records to come
      if (turn > 4) std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    return !reply->close;
  }

  broker::BrokerParts& parts() { return *parts_; }

  // What must outlive the server: the end of each log, and the groups that have positions.
  std::vector<std::string> Stored() const {
    Require(topics_->FlushAll().has_value());  // acks=0 waits for nothing
    std::vector<std::string> all = offsets_->Groups();
    for (const broker::Topic& topic : topics_->List()) {
      for (int32_t partition = 0; partition < topic.partitions; ++partition) {
        const auto log = topics_->Partition(topic.id, partition);
        Require(log.has_value());
        all.push_back(fmt::format("{}-{}: {} to {}", topic.name, partition, (*log)->log_start(),
                                  (*log)->durable_end()));
      }
    }
    return all;
  }

 private:
  static asio::awaitable<net::Reply> Answer(broker::KafkaSession& session, std::string_view frame) {
    net::Started started = co_await session.Start(frame);
    if (!started.later) co_return std::move(started.now);
    net::Reply reply = co_await std::move(*started.later);
    co_return reply;
  }
  void StopWaiting() {
    waiters_.Stop();
    groups_->Stop();
  }

  MemoryFileSystem& fs_;
  const ManualClock clock_;
  const broker::BrokerSettings settings_;
  broker::BrokerIdentity identity_;
  std::unique_ptr<broker::TopicStore> topics_;
  std::unique_ptr<broker::OffsetStore> offsets_;
  std::unique_ptr<broker::GroupCoordinator> groups_;
  broker::FetchWaiters waiters_;
  ThreadPool pool_{1};
  net::ByteBudget bytes_{16 << 20};
  std::optional<broker::BrokerParts> parts_;
  broker::TopicStore::Subscription subscription_;
};

// Puts the batches of a Produce request right, inside the frame that it was decoded from.
void MendBatches(std::string& frame) {
  const auto request = protocol::DecodeRequest(frame);
  if (!request || !request->Supported() || request->api->key != protocol::ApiKey::kProduce) return;
  const auto produce =
      protocol::Decode<protocol::ProduceRequest>(request->body, request->header.version);
  if (!produce) return;
  for (const auto& topic : produce->topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.records.slices.empty()) continue;
      const std::string_view batch = partition.records.slices[0].data;
      if (batch.size() < kafka::kBatchHeaderSize) continue;
      char* const at = frame.data() + (batch.data() - frame.data());
      StoreBig(at + kafka::kLengthAt, static_cast<int32_t>(batch.size() - kafka::kLengthOverhead));
      at[kafka::kMagicAt] = 2;
      StoreBig(at + kafka::kCrcAt, Crc32c(batch.substr(kafka::kAttributesAt)));
    }
  }
}

// Too many partitions only cost time; what a large count does is for a running server.
bool CreatesMany(std::string_view frame) {
  const auto request = protocol::DecodeRequest(frame);
  if (!request || !request->Supported()) return false;
  constexpr int32_t kMany = 8;
  if (request->api->key == protocol::ApiKey::kCreateTopics) {
    const auto create =
        protocol::Decode<protocol::CreateTopicsRequest>(request->body, request->header.version);
    if (!create) return false;
    for (const auto& topic : create->topics) {
      if (topic.partitions > kMany) return true;
    }
  }
  if (request->api->key == protocol::ApiKey::kCreatePartitions) {
    const auto create =
        protocol::Decode<protocol::CreatePartitionsRequest>(request->body, request->header.version);
    if (!create) return false;
    for (const auto& topic : create->topics) {
      if (topic.count > kMany) return true;
    }
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spdlog::set_level(spdlog::level::off);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  MemoryFileSystem fs;
  Require(fs.MakeDirs("broker").has_value());
  std::vector<std::string> stored;
  {
    Server server(fs);
    asio::io_context loop;
    broker::KafkaSession session(server.parts(), loop.get_executor(), "127.0.0.1:1");
    bool open = true;
    for (int frames = 0; open && rest.size() > 2 && frames < 32; ++frames) {
      const size_t length = std::min<size_t>(LoadBig<uint16_t>(rest.data()), rest.size() - 2);
      std::string frame(rest.substr(2, length));
      rest.remove_prefix(2 + length);
      MendBatches(frame);
      if (!CreatesMany(frame)) open = server.Serve(session, loop, frame);
    }
    stored = server.Stored();
  }
  const Server again(fs);
  Require(again.Stored() == stored);
  return 0;
}
