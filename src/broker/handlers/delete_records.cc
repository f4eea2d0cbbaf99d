#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/topics_lookup.h"
#include "broker/handlers/wait.h"

namespace ticklake::broker {

using namespace kafka::protocol;

namespace {

constexpr int64_t kUpToHighWatermark = -1;

// Runs on the pool.
void Truncate(PartitionLog& log, int64_t offset,
              DeleteRecordsResponse::Topic::Partition& answered) {
  const int64_t end = log.durable_end();
  if (offset == kUpToHighWatermark) offset = end;
  if (offset < 0 || offset > end) {
    answered.error = ErrorCode::kOffsetOutOfRange;
    return;
  }
  const Result<int64_t> start = log.TruncateBefore(offset);
  if (!start) {
    spdlog::error("kafka: DeleteRecords: {}", start.error().message);
    answered.error = ErrorCode::kKafkaStorageError;
    return;
  }
  answered.low_watermark = *start;
}

}  // namespace

boost::asio::awaitable<DeleteRecordsResponse> Handle(const RequestContext& context,
                                                     DeleteRecordsRequest request) {
  DeleteRecordsResponse response = co_await OnPool<DeleteRecordsResponse>(context, [&] {
    DeleteRecordsResponse done;
    for (const auto& topic : request.topics) {
      const std::optional<Topic> found = context.broker.topics.Find(topic.name);
      auto& answered = done.topics.emplace_back();
      answered.name = topic.name;
      for (const auto& partition : topic.partitions) {
        auto& each = answered.partitions.emplace_back();
        each.index = partition.index;
        const auto log = found ? FindLog(context, *found, partition.index) : nullptr;
        if (log != nullptr) {
          Truncate(*log, partition.offset, each);
        } else {
          each.error = ErrorCode::kUnknownTopicOrPartition;
        }
      }
    }
    return done;
  });
  co_return response;
}

}  // namespace ticklake::broker
