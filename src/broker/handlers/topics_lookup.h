// Finding what a request names: a topic by name or UUID, a partition's log.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "broker/handlers/context.h"
#include "broker/log/topic_store.h"
#include "kafka/protocol/errors.h"

namespace ticklake::broker {

/// The topic by its name, or, where the name is empty, by its UUID (versions with topic ids).
std::optional<Topic> FindTopic(const RequestContext& context, const std::string& name,
                               const Uuid& id);

/// What to answer when FindTopic found nothing.
kafka::protocol::ErrorCode MissingTopic(const std::string& name);

/// The log, or null when the topic has no such partition.
std::shared_ptr<PartitionLog> FindLog(const RequestContext& context, const Topic& topic,
                                      int32_t partition);

/// Kafka's code for a failed operation on topics.
kafka::protocol::ErrorCode TopicError(const Error& error);

/// All leaders of the one node have been in office since the beginning.
inline constexpr int32_t kLeaderEpoch = 0;

/// Whether the client's idea of the leader's epoch (-1: none) is ours.
kafka::protocol::ErrorCode CheckLeaderEpoch(int32_t epoch);

}  // namespace ticklake::broker
