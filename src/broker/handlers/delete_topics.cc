#include "base/log.h"
#include "broker/groups/coordinator.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/topics_lookup.h"
#include "broker/handlers/wait.h"

namespace ticklake::broker {

namespace asio = boost::asio;
using namespace kafka::protocol;

namespace {

using Answered = DeleteTopicsResponse::Topic;

// Runs on the pool.
void Delete(const RequestContext& context, const DeleteTopicsRequest::Topic& asked,
            Answered& answered) {
  const std::string name = asked.name.value_or("");
  const std::optional<Topic> topic = FindTopic(context, name, asked.topic_id);
  answered.name = topic ? topic->name : asked.name;
  answered.topic_id = topic ? topic->id : asked.topic_id;
  if (!topic) {
    answered.error = MissingTopic(name);
    answered.error_message = "the topic does not exist";
    return;
  }
  if (auto deleted = context.broker.topics.Delete(topic->name); !deleted) {
    answered.error = TopicError(deleted.error());
    answered.error_message = deleted.error().message;
    return;
  }
  context.broker.groups.ForgetTopic(topic->name);
  spdlog::info("kafka: {} deleted topic '{}' ({})", context.client.name, topic->name,
               topic->id.ToString());
}

}  // namespace

asio::awaitable<DeleteTopicsResponse> Handle(const RequestContext& context,
                                             DeleteTopicsRequest request) {
  for (std::string& name : request.names) request.topics.push_back({std::move(name), {}});
  DeleteTopicsResponse response = co_await OnPool<DeleteTopicsResponse>(context, [&] {
    DeleteTopicsResponse done;
    for (const auto& asked : request.topics) Delete(context, asked, done.topics.emplace_back());
    return done;
  });
  co_return response;
}

}  // namespace ticklake::broker
