#include <algorithm>
#include <memory>
#include <optional>

#include "base/log.h"
#include "broker/handlers/fetch_waiters.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/settings.h"
#include "broker/handlers/topics_lookup.h"

namespace ticklake::broker {

namespace asio = boost::asio;
using namespace kafka::protocol;

namespace {

using PartitionResponse = FetchResponse::Topic::Partition;
using Clock = std::chrono::steady_clock;

constexpr int64_t kLeastShare = 64 << 10;  // bytes of memory for answers, below which it is short
// Records of so many bytes go from the file to the socket without a copy here: memory for them
// would be given back each time (base/large_blocks.h). Below, a copy costs less
// (docs/performance.md).
constexpr size_t kLarge = 4 << 20;

// One partition of the request, found once for all rounds.
struct Wanted {
  const FetchRequest::Topic::Partition* asked = nullptr;
  std::shared_ptr<PartitionLog> log;
  ErrorCode error = ErrorCode::kNone;  // known before reading
};

struct Plan {
  std::vector<std::vector<Wanted>> topics;  // as in the request
  std::vector<PartitionKey> keys;
};

Plan MakePlan(const RequestContext& context, const FetchRequest& request) {
  Plan plan;
  plan.topics.reserve(request.topics.size());
  for (const auto& topic : request.topics) {
    const std::optional<Topic> found = FindTopic(context, topic.name, topic.topic_id);
    auto& wanted = plan.topics.emplace_back();
    wanted.reserve(topic.partitions.size());
    for (const auto& partition : topic.partitions) {
      Wanted& each = wanted.emplace_back();
      each.asked = &partition;
      if (!found) {
        each.error = MissingTopic(topic.name);
        continue;
      }
      each.log = FindLog(context, *found, partition.index);
      each.error = each.log == nullptr ? ErrorCode::kUnknownTopicOrPartition
                                       : CheckLeaderEpoch(partition.current_leader_epoch);
      if (each.error == ErrorCode::kNone) plan.keys.emplace_back(found->id, partition.index);
    }
  }
  return plan;
}

// Reads up to `budget` bytes; a first batch that is larger is given all the same while nothing else
// was found, so that a consumer always gets on.
void ReadPartition(const RequestContext& context, const Wanted& wanted, int64_t budget, bool first,
                   PartitionResponse& answered) {
  const PartitionLog& log = *wanted.log;
  answered.high_watermark = answered.last_stable_offset = log.durable_end();
  answered.log_start_offset = log.log_start();
  const int64_t offset = wanted.asked->fetch_offset;
  if (offset < answered.log_start_offset || offset > answered.high_watermark) {
    answered.error = ErrorCode::kOffsetOutOfRange;
    return;
  }
  if (offset == answered.high_watermark || (budget <= 0 && !first)) return;
  const int64_t limit = std::min<int64_t>(budget, wanted.asked->max_bytes);
  Result<RawBatches> read =
      log.Read(offset, static_cast<size_t>(std::max<int64_t>(limit, 0)), kLarge);
  if (!read) {
    answered.error = read.error().code == Code::kNotFound ? ErrorCode::kOffsetOutOfRange
                                                          : ErrorCode::kKafkaStorageError;
    spdlog::error("kafka: {}: fetch of partition {} from offset {}: {}", context.client.name,
                  wanted.asked->index, offset, read.error().message);
    return;
  }
  if (read->size() == 0) return;
  if (!first && static_cast<int64_t>(read->size()) > budget) return;
  answered.records.slices.push_back({read->bytes, std::move(read->owner), std::move(read->range)});
}

struct Collected {
  FetchResponse response;
  int64_t bytes = 0;
  bool any_error = false;
};

Collected Collect(const RequestContext& context, const FetchRequest& request, const Plan& plan) {
  Collected collected;
  // What memory for answers there is left is shared with the other connections. When it is short,
  // there is nothing to fetch for now.
  const auto share = static_cast<int64_t>(context.broker.answer_bytes.available() / 4);
  const bool short_of_memory = share < kLeastShare;
  const int64_t most =
      std::min<int64_t>({request.max_bytes, context.broker.settings.fetch_max_bytes, share});
  collected.response.topics.resize(request.topics.size());
  for (size_t t = 0; t < request.topics.size(); ++t) {
    FetchResponse::Topic& topic = collected.response.topics[t];
    topic.name = request.topics[t].name;
    topic.topic_id = request.topics[t].topic_id;
    topic.partitions.resize(plan.topics[t].size());
    for (size_t p = 0; p < plan.topics[t].size(); ++p) {
      const Wanted& wanted = plan.topics[t][p];
      PartitionResponse& answered = topic.partitions[p];
      answered.index = wanted.asked->index;
      answered.error = wanted.error;
      if (request.isolation_level == 1) answered.aborted_transactions.emplace();
      if (wanted.error == ErrorCode::kNone) {
        const bool first = collected.bytes == 0 && !short_of_memory;
        ReadPartition(context, wanted, short_of_memory ? 0 : most - collected.bytes, first,
                      answered);
      }
      collected.bytes += static_cast<int64_t>(answered.records.size());
      collected.any_error = collected.any_error || answered.error != ErrorCode::kNone;
    }
  }
  return collected;
}

// Whether some partition changed since `response` was made.
bool Grew(const Plan& plan, const FetchResponse& response) {
  for (size_t t = 0; t < plan.topics.size(); ++t) {
    for (size_t p = 0; p < plan.topics[t].size(); ++p) {
      const Wanted& wanted = plan.topics[t][p];
      const PartitionResponse& answered = response.topics[t].partitions[p];
      if (wanted.log != nullptr && wanted.log->durable_end() != answered.high_watermark)
        return true;
    }
  }
  return false;
}

}  // namespace

asio::awaitable<FetchResponse> Handle(const RequestContext& context, FetchRequest request) {
  // No fetch sessions: every request is a full one, and says so by session 0 (KIP-227). An
  // incremental one can only be of a session that we never gave.
  if (request.session_id != 0 && request.session_epoch > 0) {
    FetchResponse response;
    response.error = ErrorCode::kFetchSessionIdNotFound;
    co_return response;
  }
  const Plan plan = MakePlan(context, request);
  const auto deadline = Clock::now() + std::chrono::milliseconds(std::max(request.max_wait_ms, 0));
  FetchWaiters& waiters = context.broker.waiters;
  for (;;) {
    Collected collected = Collect(context, request, plan);
    const auto enough = [&] {
      return collected.any_error || collected.bytes >= request.min_bytes || plan.keys.empty();
    };
    if (enough() || Clock::now() >= deadline || waiters.stopped()) {
      co_return std::move(collected.response);
    }
    // Compare after registering: what came in between would wake nobody.
    auto signal = std::make_shared<net::OneShot<bool>>(context.client.executor);
    const FetchWaiters::Registration registration(waiters, signal, plan.keys);
    if (Grew(plan, collected.response)) continue;
    collected = {};  // nothing that was read is held while it waits, which may be long
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    co_await signal->Wait(std::max(left, std::chrono::milliseconds(0)));
  }
}

}  // namespace ticklake::broker
