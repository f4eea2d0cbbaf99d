#include "broker/handlers/topics_lookup.h"

namespace ticklake::broker {

using kafka::protocol::ErrorCode;

std::optional<Topic> FindTopic(const RequestContext& context, const std::string& name,
                               const Uuid& id) {
  return name.empty() ? context.broker.topics.Find(id) : context.broker.topics.Find(name);
}

ErrorCode MissingTopic(const std::string& name) {
  return name.empty() ? ErrorCode::kUnknownTopicId : ErrorCode::kUnknownTopicOrPartition;
}

std::shared_ptr<PartitionLog> FindLog(const RequestContext& context, const Topic& topic,
                                      int32_t partition) {
  if (partition < 0 || partition >= topic.partitions) return nullptr;
  auto log = context.broker.topics.Partition(topic.id, partition);
  return log ? *log : nullptr;
}

ErrorCode TopicError(const Error& error) {
  switch (error.code) {
    case Code::kNotFound: return ErrorCode::kUnknownTopicOrPartition;
    case Code::kAlreadyExists: return ErrorCode::kTopicAlreadyExists;
    case Code::kInvalid: return ErrorCode::kInvalidConfig;
    case Code::kIo:
    case Code::kCorrupt:
    case Code::kCancelled: return ErrorCode::kKafkaStorageError;
    default: return ErrorCode::kUnknownServerError;
  }
}

ErrorCode CheckLeaderEpoch(int32_t epoch) {
  if (epoch > kLeaderEpoch) return ErrorCode::kUnknownLeaderEpoch;
  return epoch >= 0 && epoch < kLeaderEpoch ? ErrorCode::kFencedLeaderEpoch : ErrorCode::kNone;
}

}  // namespace ticklake::broker
