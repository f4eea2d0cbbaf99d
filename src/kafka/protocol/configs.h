// DescribeConfigs (32), AlterConfigs (33), IncrementalAlterConfigs (44).
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

struct DescribeConfigsRequest {
  static constexpr ApiKey kApi = ApiKey::kDescribeConfigs;
  struct Resource {
    int8_t type = 0;
    std::string name;
    std::optional<std::vector<std::string>> keys;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.type);
      io(m.name);
      io(m.keys);
    }
  };
  std::vector<Resource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.resources);
    io(m.include_synonyms);
    if (io.version() >= 3) io(m.include_documentation);
  }
};

struct DescribeConfigsResponse {
  static constexpr ApiKey kApi = ApiKey::kDescribeConfigs;
  struct Result {
    struct Config {
      struct Synonym {
        std::string name;
        std::optional<std::string> value;
        int8_t source = 0;

        template <class Io, class M>
        static void Fields(Io& io, M& m) {
          io(m.name);
          io(m.value);
          io(m.source);
        }
      };
      std::string name;
      std::optional<std::string> value;
      bool read_only = false;
      int8_t source = -1;
      bool is_sensitive = false;
      std::vector<Synonym> synonyms;
      int8_t type = 0;
      std::optional<std::string> documentation;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.name);
        io(m.value);
        io(m.read_only);
        io(m.source);
        io(m.is_sensitive);
        io(m.synonyms);
        if (io.version() >= 3) io(m.type);
        if (io.version() >= 3) io(m.documentation);
      }
    };
    ErrorCode error = ErrorCode::kNone;
    std::optional<std::string> error_message;
    int8_t type = 0;
    std::string name;
    std::vector<Config> configs;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.error);
      io(m.error_message);
      io(m.type);
      io(m.name);
      io(m.configs);
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

struct AlterConfigsRequest {
  static constexpr ApiKey kApi = ApiKey::kAlterConfigs;
  struct Resource {
    struct Config {
      std::string name;
      std::optional<std::string> value;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.name);
        io(m.value);
      }
    };
    int8_t type = 0;
    std::string name;
    std::vector<Config> configs;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.type);
      io(m.name);
      io(m.configs);
    }
  };
  std::vector<Resource> resources;
  bool validate_only = false;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.resources);
    io(m.validate_only);
  }
};

struct AlterConfigsResponse {
  static constexpr ApiKey kApi = ApiKey::kAlterConfigs;
  struct Resource {
    ErrorCode error = ErrorCode::kNone;
    std::optional<std::string> error_message;
    int8_t type = 0;
    std::string name;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.error);
      io(m.error_message);
      io(m.type);
      io(m.name);
    }
  };
  int32_t throttle_time_ms = 0;
  std::vector<Resource> resources;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.throttle_time_ms);
    io(m.resources);
  }
};

struct IncrementalAlterConfigsRequest {
  static constexpr ApiKey kApi = ApiKey::kIncrementalAlterConfigs;
  struct Resource {
    struct Config {
      std::string name;
      int8_t operation = 0;  ///< 0 set, 1 delete, 2 append, 3 subtract
      std::optional<std::string> value;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.name);
        io(m.operation);
        io(m.value);
      }
    };
    int8_t type = 0;
    std::string name;
    std::vector<Config> configs;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.type);
      io(m.name);
      io(m.configs);
    }
  };
  std::vector<Resource> resources;
  bool validate_only = false;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.resources);
    io(m.validate_only);
  }
};

struct IncrementalAlterConfigsResponse {
  static constexpr ApiKey kApi = ApiKey::kIncrementalAlterConfigs;
  struct Resource {
    ErrorCode error = ErrorCode::kNone;
    std::optional<std::string> error_message;
    int8_t type = 0;
    std::string name;

    template <class Io, class M>
    static void Fields(Io& io, M& m) {
      io(m.error);
      io(m.error_message);
      io(m.type);
      io(m.name);
    }
  };
  int32_t throttle_time_ms = 0;
  std::vector<Resource> resources;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.throttle_time_ms);
    io(m.resources);
  }
};

}  // namespace ticklake::kafka::protocol
