#include <algorithm>
#include <cctype>

#include "broker/groups/coordinator.h"
#include "broker/handlers/handlers.h"

namespace ticklake::broker {

using namespace kafka::protocol;

namespace {

bool SameWord(const std::string& a, const std::string& b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// No filter lets everything through.
bool Passes(const std::vector<std::string>& filter, const std::string& word) {
  return filter.empty() || std::ranges::any_of(filter, [&](const std::string& allowed) {
           return SameWord(allowed, word);
         });
}

}  // namespace

boost::asio::awaitable<ListGroupsResponse> Handle(const RequestContext& context,
                                                  ListGroupsRequest request) {
  ListGroupsResponse response;
  response.groups = context.broker.groups.List();
  std::erase_if(response.groups, [&](const ListGroupsResponse::Group& group) {
    return !Passes(request.states, group.state) || !Passes(request.types, group.type);
  });
  co_return response;
}

}  // namespace ticklake::broker
