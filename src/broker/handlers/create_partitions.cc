#include <algorithm>

#include "broker/handlers/handlers.h"
#include "broker/handlers/topics_lookup.h"
#include "broker/handlers/wait.h"

namespace ticklake::broker {

using namespace kafka::protocol;

namespace {

using Answered = CreatePartitionsResponse::Topic;

void Refuse(ErrorCode error, std::string message, Answered& answered) {
  answered.error = error;
  answered.error_message = std::move(message);
}

// Runs on the pool.
void Grow(const RequestContext& context, const CreatePartitionsRequest::Topic& asked,
          bool validate_only, Answered& answered) {
  const std::optional<Topic> topic = context.broker.topics.Find(asked.name);
  if (!topic) {
    return Refuse(ErrorCode::kUnknownTopicOrPartition, "the topic does not exist", answered);
  }
  if (asked.count <= topic->partitions) {
    return Refuse(ErrorCode::kInvalidPartitions,
                  fmt::format("topic '{}' has {} partitions already; they can only become more",
                              asked.name, topic->partitions),
                  answered);
  }
  const std::vector<int32_t> self{context.broker.identity.node_id};
  const bool ours =
      !asked.assignments || std::ranges::all_of(*asked.assignments, [&](const auto& assignment) {
        return assignment.brokers == self;
      });
  if (!ours) {
    return Refuse(ErrorCode::kInvalidReplicaAssignment, "this broker is a single node", answered);
  }
  if (validate_only) return;
  if (auto grown = context.broker.topics.SetPartitions(asked.name, asked.count); !grown) {
    const bool invalid = grown.error().code == Code::kInvalid;
    Refuse(invalid ? ErrorCode::kInvalidPartitions : TopicError(grown.error()),
           grown.error().message, answered);
  }
}

}  // namespace

boost::asio::awaitable<CreatePartitionsResponse> Handle(const RequestContext& context,
                                                        CreatePartitionsRequest request) {
  CreatePartitionsResponse response = co_await OnPool<CreatePartitionsResponse>(context, [&] {
    CreatePartitionsResponse done;
    for (const auto& asked : request.topics) {
      Answered& answered = done.topics.emplace_back();
      answered.name = asked.name;
      Grow(context, asked, request.validate_only, answered);
    }
    return done;
  });
  co_return response;
}

}  // namespace ticklake::broker
