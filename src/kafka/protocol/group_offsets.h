// OffsetCommit (8), OffsetFetch (9), OffsetDelete (47): the positions of groups.
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

struct OffsetCommitRequest {
  static constexpr ApiKey kApi = ApiKey::kOffsetCommit;
  struct Topic {
    struct Partition {
      int32_t index = 0;
      int64_t offset = 0;
      int32_t leader_epoch = -1;
      std::optional<std::string> metadata;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        io(m.offset);
        if (io.version() >= 6) io(m.leader_epoch);
        io(m.metadata);
      }
    };
    std::string name;
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      if (io.version() <= 9) io(m.name);
      if (io.version() >= 10) io(m.topic_id);
      io(m.partitions);
    }
  };
  std::string group_id;
  int32_t generation = -1;
  std::string member_id;
  std::optional<std::string> instance_id;
  int64_t retention_time_ms = -1;
  std::vector<Topic> topics;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.group_id);
    io(m.generation);
    io(m.member_id);
    if (io.version() >= 7) io(m.instance_id);
    if (io.version() <= 4) io(m.retention_time_ms);
    io(m.topics);
  }
};

struct OffsetCommitResponse {
  static constexpr ApiKey kApi = ApiKey::kOffsetCommit;
  struct Topic {
    struct Partition {
      int32_t index = 0;
      ErrorCode error = ErrorCode::kNone;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        io(m.error);
      }
    };
    std::string name;
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      if (io.version() <= 9) io(m.name);
      if (io.version() >= 10) io(m.topic_id);
      io(m.partitions);
    }
  };
  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 3) io(m.throttle_time_ms);
    io(m.topics);
  }
};

struct OffsetFetchRequest {
  static constexpr ApiKey kApi = ApiKey::kOffsetFetch;
  struct Topic {
    std::string name;
    Uuid topic_id;
    std::vector<int32_t> partitions;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      if (io.version() <= 9) io(m.name);
      if (io.version() >= 10) io(m.topic_id);
      io(m.partitions);
    }
  };
  struct Group {
    std::string group_id;
    std::optional<std::string> member_id;
    int32_t member_epoch = -1;
    std::optional<std::vector<Topic>> topics;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.group_id);
      if (io.version() >= 9) io(m.member_id);
      if (io.version() >= 9) io(m.member_epoch);
      io(m.topics);
    }
  };
  std::string group_id;
  std::optional<std::vector<Topic>> topics;
  std::vector<Group> groups;
  bool require_stable = false;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() <= 7) io(m.group_id);
    if (io.version() <= 7) io(m.topics);
    if (io.version() >= 8) io(m.groups);
    if (io.version() >= 7) io(m.require_stable);
  }
};

struct OffsetFetchResponse {
  static constexpr ApiKey kApi = ApiKey::kOffsetFetch;
  struct Topic {
    struct Partition {
      int32_t index = 0;
      int64_t offset = -1;
      int32_t leader_epoch = -1;
      std::optional<std::string> metadata;
      ErrorCode error = ErrorCode::kNone;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        io(m.offset);
        if (io.version() >= 5) io(m.leader_epoch);
        io(m.metadata);
        io(m.error);
      }
    };
    std::string name;
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      if (io.version() <= 9) io(m.name);
      if (io.version() >= 10) io(m.topic_id);
      io(m.partitions);
    }
  };
  struct Group {
    std::string group_id;
    std::vector<Topic> topics;
    ErrorCode error = ErrorCode::kNone;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.group_id);
      io(m.topics);
      io(m.error);
    }
  };
  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  ErrorCode error = ErrorCode::kNone;
  std::vector<Group> groups;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 3) io(m.throttle_time_ms);
    if (io.version() <= 7) io(m.topics);
    if (io.version() >= 2 && io.version() <= 7) io(m.error);
    if (io.version() >= 8) io(m.groups);
  }
};

struct OffsetDeleteRequest {
  static constexpr ApiKey kApi = ApiKey::kOffsetDelete;
  struct Topic {
    struct Partition {
      int32_t index = 0;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
      }
    };
    std::string name;
    std::vector<Partition> partitions;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.name);
      io(m.partitions);
    }
  };
  std::string group_id;
  std::vector<Topic> topics;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.group_id);
    io(m.topics);
  }
};

struct OffsetDeleteResponse {
  static constexpr ApiKey kApi = ApiKey::kOffsetDelete;
  struct Topic {
    struct Partition {
      int32_t index = 0;
      ErrorCode error = ErrorCode::kNone;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        io(m.error);
      }
    };
    std::string name;
    std::vector<Partition> partitions;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.name);
      io(m.partitions);
    }
  };
  ErrorCode error = ErrorCode::kNone;
  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.error);
    io(m.throttle_time_ms);
    io(m.topics);
  }
};

}  // namespace ticklake::kafka::protocol
