// What every Kafka client of Ticklake is told: where the cluster is and how to get in.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace ticklake::kafka {

struct ClientOptions {
  std::string bootstrap;  ///< "host:port[,host:port…]"
  /// For one call to the cluster; also how long to look for a broker at first.
  std::chrono::milliseconds timeout{10'000};
  /// Once a stop is requested, a call to a cluster that does not answer ends within 2 s.
  std::stop_token cancel;
  /// Further librdkafka properties by name ("security.protocol", …); they win over ours.
  std::vector<std::pair<std::string, std::string>> properties;
};

}  // namespace ticklake::kafka
