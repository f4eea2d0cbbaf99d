// What handlers work with: the broker's parts, the client, the request's version.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.h"
#include "base/metrics.h"
#include "kafka/protocol/apis.h"
#include "net/address.h"
#include "net/byte_budget.h"

namespace ticklake {
class FileSystem;
class ThreadPool;
}  // namespace ticklake

namespace ticklake::broker {

class FetchWaiters;
class GroupCoordinator;
class TopicStore;
struct BrokerSettings;

struct BrokerIdentity {
  int32_t node_id = 1;
  net::HostPort advertised;  ///< where clients are told to connect
  std::string cluster_id;
  std::string directory;
};

/// All of it outlives every session.
struct BrokerParts {
  const BrokerIdentity& identity;
  const BrokerSettings& settings;
  TopicStore& topics;
  GroupCoordinator& groups;
  FetchWaiters& waiters;
  ThreadPool& pool;  ///< for work that blocks
  FileSystem& fs;
  net::ByteBudget& request_bytes;       ///< memory of requests
  net::ByteBudget& answer_bytes;        ///< and of answers, until they are sent
  std::array<Metric*, 128> requests{};  ///< by API key; null where there are no metrics

  void CountRequest(kafka::protocol::ApiKey key) const {
    if (Metric* metric = requests[static_cast<size_t>(key)]) metric->Increment();
  }
};

struct ClientInfo {
  boost::asio::any_io_executor executor;  ///< the connection's loop
  std::string peer;                       ///< "127.0.0.1:51234"
  std::string host;                       ///< "/127.0.0.1"
  std::string id;                         ///< client.id of the latest request
  std::string name;                       ///< for log lines: "client 'id' at 127.0.0.1:51234"
};

struct RequestContext {
  const BrokerParts& broker;
  const ClientInfo& client;
  int version = 0;
};

}  // namespace ticklake::broker
