// Metadata (3), ApiVersions (18), DescribeCluster (60), FindCoordinator (10): who is there.
//
// Field order and versions: Apache Kafka's message schemas.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "kafka/protocol/apis.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/wire_types.h"

namespace ticklake::kafka::protocol {

struct MetadataRequest {
  static constexpr ApiKey kApi = ApiKey::kMetadata;
  struct Topic {
    Uuid topic_id;
    std::optional<std::string> name;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      if (io.version() >= 10) io(m.topic_id);
      io(m.name);
    }
  };
  std::optional<std::vector<Topic>> topics;
  bool allow_auto_topic_creation = true;
  bool include_cluster_operations = false;
  bool include_topic_operations = false;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.topics);
    if (io.version() >= 4) io(m.allow_auto_topic_creation);
    if (io.version() >= 8 && io.version() <= 10) io(m.include_cluster_operations);
    if (io.version() >= 8) io(m.include_topic_operations);
  }
};

struct MetadataResponse {
  static constexpr ApiKey kApi = ApiKey::kMetadata;
  struct Broker {
    int32_t node_id = 0;
    std::string host;
    int32_t port = 0;
    std::optional<std::string> rack;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.node_id);
      io(m.host);
      io(m.port);
      if (io.version() >= 1) io(m.rack);
    }
  };
  struct Topic {
    struct Partition {
      ErrorCode error = ErrorCode::kNone;
      int32_t index = 0;
      int32_t leader_id = 0;
      int32_t leader_epoch = -1;
      std::vector<int32_t> replicas;
      std::vector<int32_t> in_sync;
      std::vector<int32_t> offline;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.error);
        io(m.index);
        io(m.leader_id);
        if (io.version() >= 7) io(m.leader_epoch);
        io(m.replicas);
        io(m.in_sync);
        if (io.version() >= 5) io(m.offline);
      }
    };
    ErrorCode error = ErrorCode::kNone;
    std::optional<std::string> name;
    Uuid topic_id;
    bool is_internal = false;
    std::vector<Partition> partitions;
    int32_t authorized_operations = kNoOperations;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.error);
      io(m.name);
      if (io.version() >= 10) io(m.topic_id);
      if (io.version() >= 1) io(m.is_internal);
      io(m.partitions);
      if (io.version() >= 8) io(m.authorized_operations);
    }
  };
  int32_t throttle_time_ms = 0;
  std::vector<Broker> brokers;
  std::optional<std::string> cluster_id;
  int32_t controller_id = -1;
  std::vector<Topic> topics;
  int32_t cluster_operations = kNoOperations;
  ErrorCode error = ErrorCode::kNone;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 3) io(m.throttle_time_ms);
    io(m.brokers);
    if (io.version() >= 2) io(m.cluster_id);
    if (io.version() >= 1) io(m.controller_id);
    io(m.topics);
    if (io.version() >= 8 && io.version() <= 10) io(m.cluster_operations);
    if (io.version() >= 13) io(m.error);
  }
};

struct ApiVersionsRequest {
  static constexpr ApiKey kApi = ApiKey::kApiVersions;
  std::string client_name;
  std::string client_version;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 3) io(m.client_name);
    if (io.version() >= 3) io(m.client_version);
  }
};

struct ApiVersionsResponse {
  static constexpr ApiKey kApi = ApiKey::kApiVersions;
  struct Supported {
    int16_t key = 0;
    int16_t lowest = 0;
    int16_t highest = 0;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.key);
      io(m.lowest);
      io(m.highest);
    }
  };
  ErrorCode error = ErrorCode::kNone;
  std::vector<Supported> apis;
  int32_t throttle_time_ms = 0;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.error);
    io(m.apis);
    if (io.version() >= 1) io(m.throttle_time_ms);
  }
};

struct DescribeClusterRequest {
  static constexpr ApiKey kApi = ApiKey::kDescribeCluster;
  bool include_cluster_operations = false;
  int8_t endpoint_type = 1;
  bool include_fenced_brokers = false;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.include_cluster_operations);
    if (io.version() >= 1) io(m.endpoint_type);
    if (io.version() >= 2) io(m.include_fenced_brokers);
  }
};

struct DescribeClusterResponse {
  static constexpr ApiKey kApi = ApiKey::kDescribeCluster;
  struct Broker {
    int32_t node_id = 0;
    std::string host;
    int32_t port = 0;
    std::optional<std::string> rack;
    bool is_fenced = false;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.node_id);
      io(m.host);
      io(m.port);
      io(m.rack);
      if (io.version() >= 2) io(m.is_fenced);
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::kNone;
  std::optional<std::string> error_message;
  int8_t endpoint_type = 1;
  std::string cluster_id;
  int32_t controller_id = -1;
  std::vector<Broker> brokers;
  int32_t cluster_operations = kNoOperations;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.throttle_time_ms);
    io(m.error);
    io(m.error_message);
    if (io.version() >= 1) io(m.endpoint_type);
    io(m.cluster_id);
    io(m.controller_id);
    io(m.brokers);
    io(m.cluster_operations);
  }
};

struct FindCoordinatorRequest {
  static constexpr ApiKey kApi = ApiKey::kFindCoordinator;
  std::string key;
  int8_t key_type = 0;  ///< 0: group; 1: transaction
  std::vector<std::string> keys;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() <= 3) io(m.key);
    if (io.version() >= 1) io(m.key_type);
    if (io.version() >= 4) io(m.keys);
  }
};

struct FindCoordinatorResponse {
  static constexpr ApiKey kApi = ApiKey::kFindCoordinator;
  struct Coordinator {
    std::string key;
    int32_t node_id = -1;
    std::string host;
    int32_t port = -1;
    ErrorCode error = ErrorCode::kNone;
    std::optional<std::string> error_message;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.key);
      io(m.node_id);
      io(m.host);
      io(m.port);
      io(m.error);
      io(m.error_message);
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::kNone;
  std::optional<std::string> error_message;
  int32_t node_id = -1;
  std::string host;
  int32_t port = -1;
  std::vector<Coordinator> coordinators;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 1) io(m.throttle_time_ms);
    if (io.version() <= 3) io(m.error);
    if (io.version() >= 1 && io.version() <= 3) io(m.error_message);
    if (io.version() <= 3) io(m.node_id);
    if (io.version() <= 3) io(m.host);
    if (io.version() <= 3) io(m.port);
    if (io.version() >= 4) io(m.coordinators);
  }
};

}  // namespace ticklake::kafka::protocol
