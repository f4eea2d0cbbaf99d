#include "broker/broker.h"

#include <unistd.h>

#include <array>
#include <future>
#include <limits>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "base/open_files_limit.h"
#include "base/proc_facts.h"
#include "base/thread_pool.h"
#include "broker/groups/coordinator.h"
#include "broker/groups/offset_store.h"
#include "broker/handlers/context.h"
#include "broker/handlers/fetch_waiters.h"
#include "broker/handlers/session.h"
#include "broker/handlers/settings.h"
#include "broker/log/segment_log_reader.h"
#include "broker/log/topic_store.h"
#include "net/byte_budget.h"
#include "net/frame_server.h"
#include "net/io_runner.h"

namespace ticklake::broker {

namespace asio = boost::asio;

namespace {

constexpr size_t kPoolThreads = 2;
/// Logs recovered at once: enough to keep the CPUs busy while others wait for the disk.
constexpr size_t kRecoveryThreads = 8;

bool IsWildcard(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

// Half of what the process may open, at most: the rest is for segments, tables and HTTP.
size_t Connections(const BrokerSettings& settings) {
  const uint64_t possible = RaiseOpenFilesLimit() / 2;
  const auto wanted = static_cast<uint64_t>(settings.max_connections);
  if (possible >= wanted) return wanted;
  spdlog::warn(
      "kafka: {} connections at most instead of {}: the limit on open files (ulimit -n) "
      "is too low for more",
      possible, wanted);
  return possible;
}

// "host", "host:port" or nothing, with the rest from what was bound.
Result<net::HostPort> Advertised(const std::string& asked, const net::HostPort& bound) {
  if (asked.empty()) {
    return net::HostPort{IsWildcard(bound.host) ? HostName() : bound.host, bound.port};
  }
  if (!asked.contains(':')) return net::HostPort{asked, bound.port};
  return net::ParseHostPort(asked);
}

}  // namespace

// Members are destroyed from the last to the first; Close() says in which order they end.
struct Broker::Parts {
  explicit Parts(BrokerOptions o) : options(std::move(o)) {}

  Result<void> Start();
  Result<void> OpenLogs();
  void RecoverLogs();
  Result<void> Listen();
  void CountRequests();
  asio::awaitable<void> TickGroups();
  void StopListening();
  Result<void> Close();

  const BrokerOptions options;
  net::HostPort bound;
  BrokerSettings settings;
  BrokerIdentity identity;
  std::unique_ptr<TopicStore> topics;
  std::unique_ptr<kafka::LogReader> reader;
  std::unique_ptr<OffsetStore> offsets;
  std::unique_ptr<GroupCoordinator> groups;
  FetchWaiters waiters;
  TopicStore::Subscription subscription;
  std::unique_ptr<ThreadPool> pool;
  std::optional<net::ByteBudget> request_bytes;
  std::optional<net::ByteBudget> answer_bytes;
  std::optional<BrokerParts> handler_parts;
  std::unique_ptr<net::IoRunner> runner;
  std::unique_ptr<asio::steady_timer> tick;  // belongs to the first loop
  std::unique_ptr<net::FrameServer> server;
  bool listening = false;
  bool closed = false;
};

Result<void> Broker::Parts::Start() {
  TL_ASSIGN(settings, ParseSettings(options.settings));
  const int64_t every = options.durable_acks ? 1 : std::numeric_limits<int64_t>::max();
  settings.topic_defaults.try_emplace("flush.messages", std::to_string(every));
  TL_ASSIGN(bound, net::ParseHostPort(options.listen));
  TL_TRY(OpenLogs());
  TL_ASSIGN(offsets,
            OffsetStore::Open(*options.fs,
                              {.directory = JoinPath(options.directory, "groups"),
                               .max_bytes = static_cast<size_t>(settings.offsets_max_bytes)}));
  groups = std::make_unique<GroupCoordinator>(settings.groups, settings.offsets_retention_ms,
                                              *offsets, *options.clock);
  TL_TRY(Listen());
  spdlog::info("kafka: listening on {}, cluster {}, {} topics", bound.ToString(),
               identity.cluster_id, topics->List().size());
  return {};
}

Result<void> Broker::Parts::OpenLogs() {
  StoreOptions store;
  store.fs = options.fs;
  store.clock = options.clock;
  store.metrics = options.metrics;
  store.dir = options.directory;
  store.topic_defaults = settings.topic_defaults;
  store.housekeeping_ms = settings.retention_check_ms;
  store.boot_id = ReadBootId();
  TL_ASSIGN(topics, TopicStore::Open(std::move(store)));
  RecoverLogs();
  reader = NewSegmentLogReader(*topics);
  subscription = topics->Subscribe(
      [this](const Uuid& topic, int32_t partition) { waiters.Notify(topic, partition); });
  return {};
}

// All partitions are opened now: what a crash left behind is not for the first client to wait for.
void Broker::Parts::RecoverLogs() {
  ThreadPool recovering(kRecoveryThreads, "kafka-recover");
  for (const Topic& topic : topics->List()) {
    for (int32_t partition = 0; partition < topic.partitions; ++partition) {
      recovering.Submit([this, topic, partition] {
        const auto log = topics->Partition(topic.id, partition);
        if (!log) spdlog::error("kafka: {}-{}: {}", topic.name, partition, log.error().message);
      });
    }
  }
}

void Broker::Parts::CountRequests() {
  if (options.metrics == nullptr) return;
  for (const kafka::protocol::Api& api : kafka::protocol::kApis) {
    handler_parts->requests[static_cast<size_t>(api.key)] = &options.metrics->Counter(
        "ticklake_kafka_requests_total", "Kafka requests by API", {{"api", std::string(api.name)}});
  }
}

Result<void> Broker::Parts::Listen() {
  identity.cluster_id = topics->cluster_id();
  identity.directory = options.directory;
  pool = std::make_unique<ThreadPool>(kPoolThreads, "kafka-work");
  runner = std::make_unique<net::IoRunner>("kafka-io", options.io_threads);
  request_bytes.emplace(static_cast<size_t>(settings.queued_max_request_bytes));
  answer_bytes.emplace(static_cast<size_t>(settings.queued_max_response_bytes));
  handler_parts.emplace(identity, settings, *topics, *groups, waiters, *pool, *options.fs,
                        *request_bytes, *answer_bytes);
  CountRequests();

  net::FrameServerOptions serving;
  serving.listen = bound;
  serving.listen_option = "--kafka-listen";
  serving.name = "kafka";
  serving.max_frame_bytes = static_cast<uint32_t>(settings.socket_request_max_bytes);
  serving.request_bytes = &*request_bytes;
  serving.answer_bytes = &*answer_bytes;
  serving.max_connections = Connections(settings);
  serving.idle_limit = std::chrono::seconds(settings.connections_max_idle_ms / 1000);
  serving.metrics = options.metrics;
  server = std::make_unique<net::FrameServer>(
      *runner, serving, [this](asio::any_io_executor executor, const std::string& peer) {
        return std::make_unique<KafkaSession>(*handler_parts, std::move(executor), peer);
      });
  TL_TRY(server->Bind());
  bound.port = server->port();
  TL_ASSIGN(identity.advertised, Advertised(options.advertised, bound));
  server->Accept();
  listening = true;

  tick = std::make_unique<asio::steady_timer>(runner->At(0));
  asio::co_spawn(runner->At(0), TickGroups(), asio::detached);
  groups->OnEarlierDeadline([this] { asio::post(runner->At(0), [this] { tick->cancel(); }); });
  return {};
}

asio::awaitable<void> Broker::Parts::TickGroups() {
  for (;;) {
    const int64_t next = groups->Tick();
    tick->expires_after(std::chrono::milliseconds(next));
    boost::system::error_code ignored;
    co_await tick->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void Broker::Parts::StopListening() {
  if (!std::exchange(listening, false)) return;
  waiters.Stop();
  groups->Stop();
  server->Stop();
}

// Whoever could still call back into an event loop ends before the loops do.
Result<void> Broker::Parts::Close() {
  if (std::exchange(closed, true)) return {};
  StopListening();
  pool.reset();
  Result<void> flushed;
  if (topics != nullptr) flushed = topics->FlushAll();
  if (offsets != nullptr) offsets->Close();
  if (runner != nullptr) runner->Stop();
  server.reset();
  tick.reset();
  runner.reset();
  subscription.reset();
  reader.reset();
  topics.reset();
  return flushed;
}

Broker::Broker(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Broker>> Broker::Start(BrokerOptions options) {
  auto parts = std::make_unique<Parts>(std::move(options));
  if (auto started = parts->Start(); !started) {
    const Result<void> closed = parts->Close();
    if (!closed) spdlog::error("kafka: {}", closed.error().message);
    return Fail(started.error());
  }
  return std::unique_ptr<Broker>(new Broker(std::move(parts)));
}

Broker::~Broker() {
  if (auto stopped = Stop(); !stopped) spdlog::error("kafka: {}", stopped.error().message);
}

void Broker::StopListening() { parts_->StopListening(); }

Result<void> Broker::Stop() { return parts_->Close(); }

uint16_t Broker::port() const { return parts_->bound.port; }

std::string Broker::address() const {
  const net::HostPort& bound = parts_->bound;
  return net::HostPort{IsWildcard(bound.host) ? "127.0.0.1" : bound.host, bound.port}.ToString();
}

const std::string& Broker::cluster_id() const { return parts_->identity.cluster_id; }

kafka::LogReader& Broker::reader() { return *parts_->reader; }

Result<void> Broker::CreateTopic(const std::string& name, int32_t partitions) {
  const auto created = parts_->topics->Create(name, partitions, {});
  if (!created) return Fail(created.error());
  return {};
}

Result<void> Broker::DeleteTopic(const std::string& name) {
  TL_TRY(parts_->topics->Delete(name));
  parts_->groups->ForgetTopic(name);
  return {};
}

Result<void> Broker::CommitGroupOffsets(const std::string& group,
                                        const std::vector<kafka::GroupOffset>& offsets) {
  using kafka::protocol::ErrorCode;
  std::vector<OffsetEntry> entries;
  for (const kafka::GroupOffset& at : offsets) {
    const auto topic = parts_->topics->Find(at.topic_id);
    if (!topic || at.partition >= topic->partitions) continue;
    entries.push_back({.topic = topic->name,
                       .topic_id = topic->id,
                       .partition = at.partition,
                       .offset = at.offset});
  }
  std::promise<ErrorCode> stored;
  parts_->groups->Commit(group, {}, std::move(entries),
                         [&stored](ErrorCode error) { stored.set_value(error); });
  const ErrorCode error = stored.get_future().get();
  if (error == ErrorCode::kNone) return {};
  if (error == ErrorCode::kUnknownMemberId) {
    return Fail(Code::kConflict, "group '{}': it has members, who commit for themselves", group);
  }
  return Fail(Code::kIo, "group '{}': {}", group, kafka::protocol::ErrorName(error));
}

}  // namespace ticklake::broker
