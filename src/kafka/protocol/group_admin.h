// DescribeGroups (15), ListGroups (16), DeleteGroups (42).
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

struct DescribeGroupsRequest {
  static constexpr ApiKey kApi = ApiKey::kDescribeGroups;
  std::vector<std::string> groups;
  bool include_operations = false;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.groups);
    if (io.version() >= 3) io(m.include_operations);
  }
};

struct DescribeGroupsResponse {
  static constexpr ApiKey kApi = ApiKey::kDescribeGroups;
  struct Group {
    struct Member {
      std::string member_id;
      std::optional<std::string> instance_id;
      std::string client_id;
      std::string client_host;
      Bytes metadata;
      Bytes assignment;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.member_id);
        if (io.version() >= 4) io(m.instance_id);
        io(m.client_id);
        io(m.client_host);
        io(m.metadata);
        io(m.assignment);
      }
    };
    ErrorCode error = ErrorCode::kNone;
    std::optional<std::string> error_message;
    std::string group_id;
    std::string state;
    std::string protocol_type;
    std::string protocol;
    std::vector<Member> members;
    int32_t authorized_operations = kNoOperations;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.error);
      if (io.version() >= 6) io(m.error_message);
      io(m.group_id);
      io(m.state);
      io(m.protocol_type);
      io(m.protocol);
      io(m.members);
      if (io.version() >= 3) io(m.authorized_operations);
    }
  };
  int32_t throttle_time_ms = 0;
  std::vector<Group> groups;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 1) io(m.throttle_time_ms);
    io(m.groups);
  }
};

struct ListGroupsRequest {
  static constexpr ApiKey kApi = ApiKey::kListGroups;
  std::vector<std::string> states;
  std::vector<std::string> types;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 4) io(m.states);
    if (io.version() >= 5) io(m.types);
  }
};

struct ListGroupsResponse {
  static constexpr ApiKey kApi = ApiKey::kListGroups;
  struct Group {
    std::string group_id;
    std::string protocol_type;
    std::string state;
    std::string type;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.group_id);
      io(m.protocol_type);
      if (io.version() >= 4) io(m.state);
      if (io.version() >= 5) io(m.type);
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::kNone;
  std::vector<Group> groups;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 1) io(m.throttle_time_ms);
    io(m.error);
    io(m.groups);
  }
};

struct DeleteGroupsRequest {
  static constexpr ApiKey kApi = ApiKey::kDeleteGroups;
  std::vector<std::string> groups;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.groups);
  }
};

struct DeleteGroupsResponse {
  static constexpr ApiKey kApi = ApiKey::kDeleteGroups;
  struct Result {
    std::string group_id;
    ErrorCode error = ErrorCode::kNone;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.group_id);
      io(m.error);
    }
  };
  int32_t throttle_time_ms = 0;
  std::vector<Result> results;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.throttle_time_ms);
    io(m.results);
  }
};

}  // namespace ticklake::kafka::protocol
