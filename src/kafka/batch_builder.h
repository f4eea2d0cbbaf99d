// Makes record batches of version 2: for tests, benches and tools. Producers use librdkafka.
//
// Threading: one builder belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kafka/compression.h"
#include "kafka/log_reader.h"

namespace ticklake::kafka {

struct BatchOptions {
  int64_t base_offset = 0;
  Compression compression = Compression::kNone;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  int32_t base_sequence = -1;
  bool transactional = false;
  bool control = false;
};

struct NewRecord {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  int64_t timestamp_ms = 0;
  std::vector<Header> headers;
};

class BatchBuilder {
 public:
  explicit BatchBuilder(BatchOptions options = {}) : options_(options) {}

  /// The record gets the next offset.
  void Add(const NewRecord& record);
  /// Leaves an offset out, as compaction would.
  void Skip() { ++next_delta_; }
  int32_t count() const { return count_; }
  /// The whole batch, with its CRC. kInvalid when it holds neither a record nor a hole.
  Result<std::string> Build() const;

 private:
  BatchOptions options_;
  std::string records_;
  int32_t count_ = 0;
  int32_t next_delta_ = 0;
  int64_t base_timestamp_ = -1;
  int64_t max_timestamp_ = -1;
};

}  // namespace ticklake::kafka
