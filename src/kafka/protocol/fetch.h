// Fetch (1), ListOffsets (2) and OffsetForLeaderEpoch (23): reading logs.
//
// Field order and versions: Apache Kafka's message schemas; of the tagged fields none matters to a
// single node.
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

struct FetchRequest {
  static constexpr ApiKey kApi = ApiKey::kFetch;
  struct Topic {
    struct Partition {
      int32_t index = 0;
      int32_t current_leader_epoch = -1;
      int64_t fetch_offset = 0;
      int32_t last_fetched_epoch = -1;
      int64_t log_start_offset = -1;
      int32_t max_bytes = 0;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        if (io.version() >= 9) io(m.current_leader_epoch);
        io(m.fetch_offset);
        if (io.version() >= 12) io(m.last_fetched_epoch);
        if (io.version() >= 5) io(m.log_start_offset);
        io(m.max_bytes);
      }
    };
    std::string name;
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      if (io.version() <= 12) io(m.name);
      if (io.version() >= 13) io(m.topic_id);
      io(m.partitions);
    }
  };
  struct ForgottenTopic {
    std::string name;
    Uuid topic_id;
    std::vector<int32_t> partitions;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      if (io.version() <= 12) io(m.name);
      if (io.version() >= 13) io(m.topic_id);
      io(m.partitions);
    }
  };
  int32_t replica_id = -1;
  int32_t max_wait_ms = 0;
  int32_t min_bytes = 0;
  int32_t max_bytes = 0x7fffffff;
  int8_t isolation_level = 0;  ///< 1: read committed
  int32_t session_id = 0;
  int32_t session_epoch = -1;
  std::vector<Topic> topics;
  std::vector<ForgottenTopic> forgotten;
  std::string rack_id;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() <= 14) io(m.replica_id);
    io(m.max_wait_ms);
    io(m.min_bytes);
    io(m.max_bytes);
    io(m.isolation_level);
    if (io.version() >= 7) io(m.session_id);
    if (io.version() >= 7) io(m.session_epoch);
    io(m.topics);
    if (io.version() >= 7) io(m.forgotten);
    if (io.version() >= 11) io(m.rack_id);
  }
};

struct FetchResponse {
  static constexpr ApiKey kApi = ApiKey::kFetch;
  struct Topic {
    struct Partition {
      struct AbortedTransaction {
        int64_t producer_id = 0;
        int64_t first_offset = 0;

        template <class Io, class M>
        static void Fields(Io& io, M& m) {
          io(m.producer_id);
          io(m.first_offset);
        }
      };
      int32_t index = 0;
      ErrorCode error = ErrorCode::kNone;
      int64_t high_watermark = -1;
      int64_t last_stable_offset = -1;
      int64_t log_start_offset = -1;
      std::optional<std::vector<AbortedTransaction>> aborted_transactions;
      int32_t preferred_read_replica = -1;
      Records records;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        io(m.error);
        io(m.high_watermark);
        io(m.last_stable_offset);
        if (io.version() >= 5) io(m.log_start_offset);
        io(m.aborted_transactions);
        if (io.version() >= 11) io(m.preferred_read_replica);
        io(m.records);
      }
    };
    std::string name;
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      if (io.version() <= 12) io(m.name);
      if (io.version() >= 13) io(m.topic_id);
      io(m.partitions);
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::kNone;
  int32_t session_id = 0;
  std::vector<Topic> topics;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.throttle_time_ms);
    if (io.version() >= 7) io(m.error);
    if (io.version() >= 7) io(m.session_id);
    io(m.topics);
  }
};

/// Special timestamps of ListOffsets.
inline constexpr int64_t kLatestTimestamp = -1;         ///< the high watermark
inline constexpr int64_t kEarliestTimestamp = -2;       ///< the log's start
inline constexpr int64_t kMaxTimestamp = -3;            ///< the record with the highest timestamp
inline constexpr int64_t kEarliestLocalTimestamp = -4;  ///< without tiers: the log's start
inline constexpr int64_t kLatestTieredTimestamp = -5;   ///< without tiers: none
inline constexpr int64_t kEarliestPendingUpload = -6;   ///< without tiers: none

struct ListOffsetsRequest {
  static constexpr ApiKey kApi = ApiKey::kListOffsets;
  struct Topic {
    struct Partition {
      int32_t index = 0;
      int32_t current_leader_epoch = -1;
      int64_t timestamp = 0;  ///< UTC milliseconds, or one of the negative specials below

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        if (io.version() >= 4) io(m.current_leader_epoch);
        io(m.timestamp);
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
  int32_t replica_id = -1;
  int8_t isolation_level = 0;
  std::vector<Topic> topics;
  int32_t timeout_ms = 0;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.replica_id);
    if (io.version() >= 2) io(m.isolation_level);
    io(m.topics);
    if (io.version() >= 10) io(m.timeout_ms);
  }
};

struct ListOffsetsResponse {
  static constexpr ApiKey kApi = ApiKey::kListOffsets;
  struct Topic {
    struct Partition {
      int32_t index = 0;
      ErrorCode error = ErrorCode::kNone;
      int64_t timestamp = -1;
      int64_t offset = -1;
      int32_t leader_epoch = -1;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        io(m.error);
        io(m.timestamp);
        io(m.offset);
        if (io.version() >= 4) io(m.leader_epoch);
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
  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 2) io(m.throttle_time_ms);
    io(m.topics);
  }
};

struct OffsetForLeaderEpochRequest {
  static constexpr ApiKey kApi = ApiKey::kOffsetForLeaderEpoch;
  struct Topic {
    struct Partition {
      int32_t index = 0;
      int32_t current_leader_epoch = -1;
      int32_t leader_epoch = 0;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        io(m.current_leader_epoch);
        io(m.leader_epoch);
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
  int32_t replica_id = -2;
  std::vector<Topic> topics;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 3) io(m.replica_id);
    io(m.topics);
  }
};

struct OffsetForLeaderEpochResponse {
  static constexpr ApiKey kApi = ApiKey::kOffsetForLeaderEpoch;
  struct Topic {
    struct Partition {
      ErrorCode error = ErrorCode::kNone;
      int32_t index = 0;
      int32_t leader_epoch = -1;
      int64_t end_offset = -1;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.error);
        io(m.index);
        io(m.leader_epoch);
        io(m.end_offset);
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
  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.throttle_time_ms);
    io(m.topics);
  }
};

}  // namespace ticklake::kafka::protocol
