#include "broker/groups/subscription.h"

#include <algorithm>

#include "kafka/protocol/reader.h"

namespace ticklake::broker {

std::vector<std::string> SubscribedTopics(std::string_view metadata) {
  kafka::protocol::Reader reader(metadata, 0, false);
  int16_t version = 0;
  std::vector<std::string> topics;
  reader(version);
  reader(topics);
  if (!reader.ok()) return {};
  std::ranges::sort(topics);
  return topics;
}

}  // namespace ticklake::broker
