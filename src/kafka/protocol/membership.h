// JoinGroup (11), Heartbeat (12), LeaveGroup (13), SyncGroup (14): classic consumer groups; and
// ConsumerGroupHeartbeat (68) of the new ones (KIP-848).
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

struct JoinGroupRequest {
  static constexpr ApiKey kApi = ApiKey::kJoinGroup;
  struct Protocol {
    std::string name;
    Bytes metadata;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.name);
      io(m.metadata);
    }
  };
  std::string group_id;
  int32_t session_timeout_ms = 0;
  int32_t rebalance_timeout_ms = -1;
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string protocol_type;
  std::vector<Protocol> protocols;
  std::optional<std::string> reason;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.group_id);
    io(m.session_timeout_ms);
    if (io.version() >= 1) io(m.rebalance_timeout_ms);
    io(m.member_id);
    if (io.version() >= 5) io(m.instance_id);
    io(m.protocol_type);
    io(m.protocols);
    if (io.version() >= 8) io(m.reason);
  }
};

struct JoinGroupResponse {
  static constexpr ApiKey kApi = ApiKey::kJoinGroup;
  struct Member {
    std::string member_id;
    std::optional<std::string> instance_id;
    Bytes metadata;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.member_id);
      if (io.version() >= 5) io(m.instance_id);
      io(m.metadata);
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::kNone;
  int32_t generation = -1;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  std::string leader;
  bool skip_assignment = false;
  std::string member_id;
  std::vector<Member> members;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 2) io(m.throttle_time_ms);
    io(m.error);
    io(m.generation);
    if (io.version() >= 7) io(m.protocol_type);
    io(m.protocol_name);
    io(m.leader);
    if (io.version() >= 9) io(m.skip_assignment);
    io(m.member_id);
    io(m.members);
  }
};

struct HeartbeatRequest {
  static constexpr ApiKey kApi = ApiKey::kHeartbeat;
  std::string group_id;
  int32_t generation = 0;
  std::string member_id;
  std::optional<std::string> instance_id;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.group_id);
    io(m.generation);
    io(m.member_id);
    if (io.version() >= 3) io(m.instance_id);
  }
};

struct HeartbeatResponse {
  static constexpr ApiKey kApi = ApiKey::kHeartbeat;
  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::kNone;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 1) io(m.throttle_time_ms);
    io(m.error);
  }
};

struct LeaveGroupRequest {
  static constexpr ApiKey kApi = ApiKey::kLeaveGroup;
  struct Member {
    std::string member_id;
    std::optional<std::string> instance_id;
    std::optional<std::string> reason;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.member_id);
      io(m.instance_id);
      if (io.version() >= 5) io(m.reason);
    }
  };
  std::string group_id;
  std::string member_id;
  std::vector<Member> members;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.group_id);
    if (io.version() <= 2) io(m.member_id);
    if (io.version() >= 3) io(m.members);
  }
};

struct LeaveGroupResponse {
  static constexpr ApiKey kApi = ApiKey::kLeaveGroup;
  struct Member {
    std::string member_id;
    std::optional<std::string> instance_id;
    ErrorCode error = ErrorCode::kNone;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.member_id);
      io(m.instance_id);
      io(m.error);
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::kNone;
  std::vector<Member> members;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 1) io(m.throttle_time_ms);
    io(m.error);
    if (io.version() >= 3) io(m.members);
  }
};

struct SyncGroupRequest {
  static constexpr ApiKey kApi = ApiKey::kSyncGroup;
  struct Assignment {
    std::string member_id;
    Bytes assignment;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.member_id);
      io(m.assignment);
    }
  };
  std::string group_id;
  int32_t generation = 0;
  std::string member_id;
  std::optional<std::string> instance_id;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  std::vector<Assignment> assignments;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.group_id);
    io(m.generation);
    io(m.member_id);
    if (io.version() >= 3) io(m.instance_id);
    if (io.version() >= 5) io(m.protocol_type);
    if (io.version() >= 5) io(m.protocol_name);
    io(m.assignments);
  }
};

struct SyncGroupResponse {
  static constexpr ApiKey kApi = ApiKey::kSyncGroup;
  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::kNone;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  Bytes assignment;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 1) io(m.throttle_time_ms);
    io(m.error);
    if (io.version() >= 5) io(m.protocol_type);
    if (io.version() >= 5) io(m.protocol_name);
    io(m.assignment);
  }
};

struct ConsumerGroupHeartbeatRequest {
  static constexpr ApiKey kApi = ApiKey::kConsumerGroupHeartbeat;
  struct Topic {
    Uuid topic_id;
    std::vector<int32_t> partitions;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.topic_id);
      io(m.partitions);
    }
  };
  std::string group_id;
  std::string member_id;
  int32_t member_epoch = 0;
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  int32_t rebalance_timeout_ms = -1;
  std::optional<std::vector<std::string>> topics;
  std::optional<std::string> topic_regex;
  std::optional<std::string> assignor;
  std::optional<std::vector<Topic>> owned;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.group_id);
    io(m.member_id);
    io(m.member_epoch);
    io(m.instance_id);
    io(m.rack_id);
    io(m.rebalance_timeout_ms);
    io(m.topics);
    if (io.version() >= 1) io(m.topic_regex);
    io(m.assignor);
    io(m.owned);
  }
};

/// Refusals only: the assignment is always absent.
struct ConsumerGroupHeartbeatResponse {
  static constexpr ApiKey kApi = ApiKey::kConsumerGroupHeartbeat;
  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::kNone;
  std::optional<std::string> error_message;
  std::optional<std::string> member_id;
  int32_t member_epoch = 0;
  int32_t heartbeat_interval_ms = 0;
  int8_t assignment = -1;  ///< a nullable struct that is null

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.throttle_time_ms);
    io(m.error);
    io(m.error_message);
    io(m.member_id);
    io(m.member_epoch);
    io(m.heartbeat_interval_ms);
    io(m.assignment);
  }
};

}  // namespace ticklake::kafka::protocol
