#include <atomic>
#include <memory>
#include <span>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/topics_lookup.h"
#include "net/one_shot.h"

namespace ticklake::broker {

namespace asio = boost::asio;
using namespace kafka::protocol;

namespace {

using PartitionResponse = ProduceResponse::Topic::Partition;

// An answer that is complete when all its batches are on disk.
struct Pending {
  explicit Pending(const asio::any_io_executor& executor)
      : settled(std::make_shared<net::OneShot<bool>>(executor)) {}

  void Done(PartitionResponse& partition, const Result<void>& durable) {
    if (!durable) {
      partition.error = ErrorCode::kKafkaStorageError;
      partition.error_message = durable.error().message;
    }
    if (open.fetch_sub(1, std::memory_order_acq_rel) == 1) settled->Set(true);
  }

  ProduceResponse response;  // partitions stay where they are once batches wait
  std::atomic<int> open{1};  // batches that wait, and one for the handler itself
  std::shared_ptr<net::OneShot<bool>> settled;
};

ErrorCode FromFault(AppendFault fault) {
  switch (fault) {
    case AppendFault::kNone: return ErrorCode::kNone;
    case AppendFault::kCorrupt: return ErrorCode::kCorruptMessage;
    case AppendFault::kInvalidRecord: return ErrorCode::kInvalidRecord;
    case AppendFault::kTooLarge: return ErrorCode::kMessageTooLarge;
    case AppendFault::kUnsupportedFormat: return ErrorCode::kUnsupportedForMessageFormat;
    case AppendFault::kOutOfOrderSequence: return ErrorCode::kOutOfOrderSequenceNumber;
    case AppendFault::kStaleEpoch: return ErrorCode::kInvalidProducerEpoch;
    case AppendFault::kStorage: return ErrorCode::kKafkaStorageError;
  }
  return ErrorCode::kUnknownServerError;
}

void Refuse(PartitionResponse& partition, ErrorCode error, std::string message) {
  partition.error = error;
  partition.error_message = std::move(message);
}

// Where the log went, for the wait.
struct Stored {
  std::shared_ptr<PartitionLog> log;
  int64_t end = -1;
  PartitionResponse* partition = nullptr;
};

// Appends one partition's batch; fills `partition`.
Stored Append(const RequestContext& context, const Topic& topic,
              const ProduceRequest::Topic::Partition& sent, PartitionResponse& partition) {
  const auto log = FindLog(context, topic, sent.index);
  if (log == nullptr) {
    Refuse(partition, ErrorCode::kUnknownTopicOrPartition,
           fmt::format("topic '{}' has partitions 0 to {}", topic.name, topic.partitions - 1));
    return {};
  }
  if (sent.records.slices.empty()) {
    Refuse(partition, ErrorCode::kInvalidRecord, "no record batch");
    return {};
  }
  const Appended appended = log->Append(sent.records.slices[0].data);
  partition.log_start_offset = appended.log_start;
  if (appended.fault != AppendFault::kNone) {
    Refuse(partition, FromFault(appended.fault), appended.message);
    spdlog::warn("kafka: {}: batch for {}-{} refused ({}): {}", context.client.name, topic.name,
                 sent.index, ErrorName(partition.error), appended.message);
    return {};
  }
  partition.base_offset = appended.base_offset;
  partition.log_append_time_ms = appended.log_append_time_ms;
  return {log, appended.end_offset, &partition};
}

// Checking a batch may take a while (it is decompressed): when a request of many has had its share
// of the loop, the other connections have their turn.
class Turn {
 public:
  bool Over() const { return std::chrono::steady_clock::now() - began_ > kShare; }
  void Begin() { began_ = std::chrono::steady_clock::now(); }

 private:
  static constexpr std::chrono::milliseconds kShare{2};
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

asio::awaitable<void> AppendTopic(const RequestContext& context, const ProduceRequest::Topic& sent,
                                  ProduceResponse::Topic& answered, std::vector<Stored>& stored) {
  Turn turn;
  answered.name = sent.name;
  answered.topic_id = sent.topic_id;
  answered.partitions.resize(sent.partitions.size());
  const std::optional<Topic> topic = FindTopic(context, sent.name, sent.topic_id);
  for (size_t i = 0; i < sent.partitions.size(); ++i) {
    PartitionResponse& partition = answered.partitions[i];
    partition.index = sent.partitions[i].index;
    if (!topic) {
      Refuse(partition, MissingTopic(sent.name), "the topic does not exist; create it first");
      continue;
    }
    Stored done = Append(context, *topic, sent.partitions[i], partition);
    if (done.log != nullptr) stored.push_back(std::move(done));
    if (turn.Over()) {
      co_await asio::post(context.client.executor, asio::use_awaitable);
      turn.Begin();
    }
  }
}

void RefuseAll(const ProduceRequest& request, ErrorCode error, const std::string& message,
               ProduceResponse& response) {
  for (const auto& topic : request.topics) {
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    answered.topic_id = topic.topic_id;
    for (const auto& sent : topic.partitions) {
      PartitionResponse& partition = answered.partitions.emplace_back();
      partition.index = sent.index;
      Refuse(partition, error, message);
    }
  }
}

bool AnyError(const ProduceResponse& response) {
  for (const auto& topic : response.topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.error != ErrorCode::kNone) return true;
    }
  }
  return false;
}

asio::awaitable<ProduceResponse> Settled(std::shared_ptr<Pending> pending,
                                         std::chrono::milliseconds limit) {
  const std::optional<bool> settled = co_await pending->settled->Wait(limit);
  if (settled) co_return std::move(pending->response);
  // Batches may still settle: their slots are left alone, and a copy of the names is answered.
  ProduceResponse timed_out;
  for (const auto& topic : pending->response.topics) {
    auto& answered = timed_out.topics.emplace_back();
    answered.name = topic.name;
    answered.topic_id = topic.topic_id;
    for (const auto& each : topic.partitions) {
      PartitionResponse& partition = answered.partitions.emplace_back();
      partition.index = each.index;
      partition.error = ErrorCode::kRequestTimedOut;
    }
  }
  co_return timed_out;
}

}  // namespace

asio::awaitable<StartedProduce> Handle(const RequestContext& context, ProduceRequest request) {
  StartedProduce started;
  auto pending = std::make_shared<Pending>(context.client.executor);
  std::vector<Stored> stored;
  if (request.acks < -1 || request.acks > 1) {
    RefuseAll(request, ErrorCode::kInvalidRequiredAcks, "acks is 0, 1 or -1 (all)",
              pending->response);
  } else if (request.transactional_id) {
    RefuseAll(request, ErrorCode::kTransactionalIdAuthorizationFailed,
              "this broker has no transactions; use an idempotent producer", pending->response);
  } else {
    pending->response.topics.resize(request.topics.size());
    for (size_t i = 0; i < request.topics.size(); ++i) {
      co_await AppendTopic(context, request.topics[i], pending->response.topics[i], stored);
    }
  }
  if (request.acks == 0) {
    started.silent = true;
    started.close = AnyError(pending->response);
    co_return started;
  }
  pending->open += static_cast<int>(stored.size());
  for (const Stored& each : stored) {
    each.log->WhenAcked(each.end, [pending, partition = each.partition](Result<void> durable) {
      pending->Done(*partition, durable);
    });
  }
  if (pending->open.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    started.response = std::move(pending->response);
    co_return started;
  }
  const auto limit = std::chrono::milliseconds(std::max(request.timeout_ms, 1000));
  started.later = Settled(std::move(pending), limit);
  co_return started;
}

}  // namespace ticklake::broker
