// What a consumer's metadata in JoinGroup says: the topics that it wants.
//
// Source: Apache Kafka's ConsumerProtocolSubscription. Threading: functions without state. Does
// not: read the rest of the metadata (owned partitions, generation, the assignor's own data).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ticklake::broker {

/// Sorted; empty when it cannot be read.
std::vector<std::string> SubscribedTopics(std::string_view metadata);

}  // namespace ticklake::broker
