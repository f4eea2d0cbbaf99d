// AlterConfigs and IncrementalAlterConfigs: the same thing said in two ways.

#include <map>

#include "broker/handlers/config_rows.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/topics_lookup.h"
#include "broker/handlers/wait.h"

namespace ticklake::broker {

namespace asio = boost::asio;
using namespace kafka::protocol;

namespace {

using Changes = std::map<std::string, std::optional<std::string>>;

constexpr int8_t kSet = 0;
constexpr int8_t kDelete = 1;

// All overrides become what is listed.
Result<Changes> ToChanges(const Topic& topic, const AlterConfigsRequest::Resource& resource) {
  Changes changes;
  for (const auto& [name, value] : topic.config) changes[name] = std::nullopt;
  for (const auto& config : resource.configs) changes[config.name] = config.value;
  return changes;
}

Result<Changes> ToChanges(const Topic&, const IncrementalAlterConfigsRequest::Resource& resource) {
  Changes changes;
  for (const auto& config : resource.configs) {
    if (config.operation == kDelete) {
      changes[config.name] = std::nullopt;
    } else if (config.operation == kSet && config.value) {
      changes[config.name] = config.value;
    } else {
      return Fail(Code::kInvalid, "{}: it is no list; set or delete it", config.name);
    }
  }
  return changes;
}

Result<void> Apply(const RequestContext& context, const Topic& topic, const Changes& changes,
                   bool validate_only) {
  if (!validate_only) return context.broker.topics.AlterConfig(topic.name, changes);
  ConfigMap merged = topic.config;
  for (const auto& [name, value] : changes) {
    if (value) {
      merged[name] = *value;
    } else {
      merged.erase(name);
    }
  }
  const auto checked = context.broker.topics.EffectiveConfig(merged);
  if (!checked) return Fail(checked.error());
  return {};
}

template <class Answer, class Resource>
asio::awaitable<Answer> Alter(const RequestContext& context, const Resource& resource,
                              bool validate_only) {
  Answer answer;
  answer.type = resource.type;
  answer.name = resource.name;
  if (resource.type != kTopicResource) {
    answer.error = ErrorCode::kInvalidRequest;
    answer.error_message =
        "only topics can be changed; the broker's settings are given at its start";
    co_return answer;
  }
  const std::optional<Topic> topic = context.broker.topics.Find(resource.name);
  if (!topic) {
    answer.error = ErrorCode::kUnknownTopicOrPartition;
    answer.error_message = "topic '" + resource.name + "' does not exist";
    co_return answer;
  }
  const Result<void> applied = co_await OnPool<Result<void>>(context, [&]() -> Result<void> {
    TL_ASSIGN(const Changes changes, ToChanges(*topic, resource));
    return Apply(context, *topic, changes, validate_only);
  });
  if (!applied) {
    answer.error = TopicError(applied.error());
    answer.error_message = applied.error().message;
  }
  co_return answer;
}

}  // namespace

asio::awaitable<AlterConfigsResponse> Handle(const RequestContext& context,
                                             AlterConfigsRequest request) {
  AlterConfigsResponse response;
  for (const auto& resource : request.resources) {
    auto answer =
        co_await Alter<AlterConfigsResponse::Resource>(context, resource, request.validate_only);
    response.resources.push_back(std::move(answer));
  }
  co_return response;
}

asio::awaitable<IncrementalAlterConfigsResponse> Handle(const RequestContext& context,
                                                        IncrementalAlterConfigsRequest request) {
  IncrementalAlterConfigsResponse response;
  for (const auto& resource : request.resources) {
    auto answer = co_await Alter<IncrementalAlterConfigsResponse::Resource>(context, resource,
                                                                            request.validate_only);
    response.resources.push_back(std::move(answer));
  }
  co_return response;
}

}  // namespace ticklake::broker
