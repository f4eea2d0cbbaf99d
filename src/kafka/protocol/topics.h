// CreateTopics (19), DeleteTopics (20), DeleteRecords (21), CreatePartitions (37), DescribeLogDirs
// (35).
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

struct CreateTopicsRequest {
  static constexpr ApiKey kApi = ApiKey::kCreateTopics;
  struct Topic {
    struct Assignment {
      int32_t index = 0;
      std::vector<int32_t> brokers;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        io(m.brokers);
      }
    };
    struct Config {
      std::string name;
      std::optional<std::string> value;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.name);
        io(m.value);
      }
    };
    std::string name;
    int32_t partitions = -1;
    int16_t replication_factor = -1;
    std::vector<Assignment> assignments;
    std::vector<Config> configs;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.name);
      io(m.partitions);
      io(m.replication_factor);
      io(m.assignments);
      io(m.configs);
    }
  };
  std::vector<Topic> topics;
  int32_t timeout_ms = 60000;
  bool validate_only = false;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.topics);
    io(m.timeout_ms);
    io(m.validate_only);
  }
};

struct CreateTopicsResponse {
  static constexpr ApiKey kApi = ApiKey::kCreateTopics;
  struct Topic {
    struct Config {
      std::string name;
      std::optional<std::string> value;
      bool read_only = false;
      int8_t source = -1;
      bool is_sensitive = false;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.name);
        io(m.value);
        io(m.read_only);
        io(m.source);
        io(m.is_sensitive);
      }
    };
    std::string name;
    Uuid topic_id;
    ErrorCode error = ErrorCode::kNone;
    std::optional<std::string> error_message;
    int32_t partitions = -1;
    int16_t replication_factor = -1;
    std::optional<std::vector<Config>> configs;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.name);
      if (io.version() >= 7) io(m.topic_id);
      io(m.error);
      io(m.error_message);
      if (io.version() >= 5) io(m.partitions);
      if (io.version() >= 5) io(m.replication_factor);
      if (io.version() >= 5) io(m.configs);
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

struct DeleteTopicsRequest {
  static constexpr ApiKey kApi = ApiKey::kDeleteTopics;
  struct Topic {
    std::optional<std::string> name;
    Uuid topic_id;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.name);
      io(m.topic_id);
    }
  };
  std::vector<Topic> topics;
  std::vector<std::string> names;
  int32_t timeout_ms = 0;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    if (io.version() >= 6) io(m.topics);
    if (io.version() <= 5) io(m.names);
    io(m.timeout_ms);
  }
};

struct DeleteTopicsResponse {
  static constexpr ApiKey kApi = ApiKey::kDeleteTopics;
  struct Topic {
    std::optional<std::string> name;
    Uuid topic_id;
    ErrorCode error = ErrorCode::kNone;
    std::optional<std::string> error_message;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.name);
      if (io.version() >= 6) io(m.topic_id);
      io(m.error);
      if (io.version() >= 5) io(m.error_message);
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

struct DeleteRecordsRequest {
  static constexpr ApiKey kApi = ApiKey::kDeleteRecords;
  struct Topic {
    struct Partition {
      int32_t index = 0;
      int64_t offset = 0;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        io(m.offset);
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
  std::vector<Topic> topics;
  int32_t timeout_ms = 0;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.topics);
    io(m.timeout_ms);
  }
};

struct DeleteRecordsResponse {
  static constexpr ApiKey kApi = ApiKey::kDeleteRecords;
  struct Topic {
    struct Partition {
      int32_t index = 0;
      int64_t low_watermark = -1;
      ErrorCode error = ErrorCode::kNone;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        io(m.low_watermark);
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
  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.throttle_time_ms);
    io(m.topics);
  }
};

struct CreatePartitionsRequest {
  static constexpr ApiKey kApi = ApiKey::kCreatePartitions;
  struct Topic {
    struct Assignment {
      std::vector<int32_t> brokers;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.brokers);
      }
    };
    std::string name;
    int32_t count = 0;
    std::optional<std::vector<Assignment>> assignments;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.name);
      io(m.count);
      io(m.assignments);
    }
  };
  std::vector<Topic> topics;
  int32_t timeout_ms = 0;
  bool validate_only = false;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.topics);
    io(m.timeout_ms);
    io(m.validate_only);
  }
};

struct CreatePartitionsResponse {
  static constexpr ApiKey kApi = ApiKey::kCreatePartitions;
  struct Topic {
    std::string name;
    ErrorCode error = ErrorCode::kNone;
    std::optional<std::string> error_message;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.name);
      io(m.error);
      io(m.error_message);
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

struct DescribeLogDirsRequest {
  static constexpr ApiKey kApi = ApiKey::kDescribeLogDirs;
  struct Topic {
    std::string name;
    std::vector<int32_t> partitions;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.name);
      io(m.partitions);
    }
  };
  std::optional<std::vector<Topic>> topics;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.topics);
  }
};

struct DescribeLogDirsResponse {
  static constexpr ApiKey kApi = ApiKey::kDescribeLogDirs;
  struct Dir {
    struct Topic {
      struct Partition {
        int32_t index = 0;
        int64_t size = 0;
        int64_t offset_lag = 0;
        bool is_future = false;

        template <class Io, class M>
        static void Fields(Io& io, M& m) {
          io(m.index);
          io(m.size);
          io(m.offset_lag);
          io(m.is_future);
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
    std::string path;
    std::vector<Topic> topics;
    int64_t total_bytes = -1;
    int64_t usable_bytes = -1;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.error);
      io(m.path);
      io(m.topics);
      if (io.version() >= 4) io(m.total_bytes);
      if (io.version() >= 4) io(m.usable_bytes);
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::kNone;
  std::vector<Dir> dirs;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.throttle_time_ms);
    if (io.version() >= 3) io(m.error);
    io(m.dirs);
  }
};

}  // namespace ticklake::kafka::protocol
