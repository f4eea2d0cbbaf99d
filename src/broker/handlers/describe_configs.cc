#include <algorithm>

#include "broker/handlers/config_rows.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/topics_lookup.h"

namespace ticklake::broker {

using namespace kafka::protocol;

namespace {

using Described = DescribeConfigsResponse::Result;

void AddRows(const std::vector<ConfigRow>& rows, const DescribeConfigsRequest& request,
             const DescribeConfigsRequest::Resource& resource, bool read_only, Described& result) {
  for (const ConfigRow& row : rows) {
    if (resource.keys && std::ranges::find(*resource.keys, row.name) == resource.keys->end()) {
      continue;
    }
    auto& config = result.configs.emplace_back();
    config.name = row.name;
    config.value = row.value;
    config.read_only = read_only;
    config.source = static_cast<int8_t>(row.source);
    config.type = static_cast<int8_t>(row.type);
    for (const ConfigSynonym& each : row.synonyms) {
      if (!request.include_synonyms) break;
      config.synonyms.push_back(
          {std::string(each.name), each.value, static_cast<int8_t>(each.source)});
    }
    if (request.include_documentation) config.documentation = std::string(row.explanation);
  }
}

void Refuse(ErrorCode error, std::string message, Described& result) {
  result.error = error;
  result.error_message = std::move(message);
}

void Describe(const RequestContext& context, const DescribeConfigsRequest& request,
              const DescribeConfigsRequest::Resource& resource, Described& result) {
  if (resource.type == kBrokerResource) {
    if (!resource.name.empty() &&
        resource.name != std::to_string(context.broker.identity.node_id)) {
      return Refuse(ErrorCode::kInvalidRequest,
                    fmt::format("there is one broker, {}", context.broker.identity.node_id),
                    result);
    }
    return AddRows(BrokerConfigRows(context), request, resource, true, result);
  }
  if (resource.type != kTopicResource) {
    return Refuse(ErrorCode::kInvalidRequest, "topics and the broker have configurations here",
                  result);
  }
  const std::optional<Topic> topic = context.broker.topics.Find(resource.name);
  if (!topic) {
    return Refuse(ErrorCode::kUnknownTopicOrPartition,
                  fmt::format("topic '{}' does not exist", resource.name), result);
  }
  AddRows(TopicConfigRows(context, topic->config), request, resource, false, result);
}

}  // namespace

boost::asio::awaitable<DescribeConfigsResponse> Handle(const RequestContext& context,
                                                       DescribeConfigsRequest request) {
  DescribeConfigsResponse response;
  for (const auto& resource : request.resources) {
    Described& result = response.results.emplace_back();
    result.type = resource.type;
    result.name = resource.name;
    Describe(context, request, resource, result);
  }
  co_return response;
}

}  // namespace ticklake::broker
