// Produce (0) and InitProducerId (22): writing record batches.
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

struct ProduceRequest {
  static constexpr ApiKey kApi = ApiKey::kProduce;
  struct Topic {
    struct Partition {
      int32_t index = 0;
      Records records;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
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
  std::optional<std::string> transactional_id;
  int16_t acks = 0;  ///< 0: no answer; 1 or -1: answered when durable
  int32_t timeout_ms = 0;
  std::vector<Topic> topics;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.transactional_id);
    io(m.acks);
    io(m.timeout_ms);
    io(m.topics);
  }
};

struct ProduceResponse {
  static constexpr ApiKey kApi = ApiKey::kProduce;
  struct Topic {
    struct Partition {
      struct RecordError {
        int32_t batch_index = 0;
        std::optional<std::string> message;

        template <class Io, class M>
        static void Fields(Io& io, M& m) {
          io(m.batch_index);
          io(m.message);
        }
      };
      int32_t index = 0;
      ErrorCode error = ErrorCode::kNone;
      int64_t base_offset = -1;
      int64_t log_append_time_ms = -1;
      int64_t log_start_offset = -1;
      std::vector<RecordError> record_errors;
      std::optional<std::string> error_message;

      template <class Io, class M>
      static void Fields(Io& io, M& m) {
        io(m.index);
        io(m.error);
        io(m.base_offset);
        io(m.log_append_time_ms);
        if (io.version() >= 5) io(m.log_start_offset);
        if (io.version() >= 8) io(m.record_errors);
        if (io.version() >= 8) io(m.error_message);
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
  std::vector<Topic> topics;
  int32_t throttle_time_ms = 0;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.topics);
    io(m.throttle_time_ms);
  }
};

struct InitProducerIdRequest {
  static constexpr ApiKey kApi = ApiKey::kInitProducerId;
  std::optional<std::string> transactional_id;
  int32_t transaction_timeout_ms = 0;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.transactional_id);
    io(m.transaction_timeout_ms);
    if (io.version() >= 3) io(m.producer_id);
    if (io.version() >= 3) io(m.producer_epoch);
  }
};

struct InitProducerIdResponse {
  static constexpr ApiKey kApi = ApiKey::kInitProducerId;
  int32_t throttle_time_ms = 0;
  ErrorCode error = ErrorCode::kNone;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;

  template <class Io, class M>
  static void Fields(Io& io, M& m) {
    io(m.throttle_time_ms);
    io(m.error);
    io(m.producer_id);
    io(m.producer_epoch);
  }
};

}  // namespace ticklake::kafka::protocol
