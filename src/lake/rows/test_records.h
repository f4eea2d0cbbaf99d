// Records for tests: JSON texts as a chunk of one log.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/log_reader.h"

namespace ticklake::lake {

/// Owns the values; chunk() views them. Offsets count from `first`.
class TestRecords {
 public:
  explicit TestRecords(std::vector<std::optional<std::string>> values, int64_t first = 0)
      : values_(std::move(values)) {
    int64_t offset = first;
    for (const auto& value : values_) {
      kafka::Record record;
      record.offset = offset++;
      if (value) record.value = *value;
      chunk_.records.push_back(record);
    }
    chunk_.next_offset = offset;
  }
  TestRecords(const TestRecords&) = delete;
  TestRecords& operator=(const TestRecords&) = delete;

  kafka::RecordChunk& chunk() { return chunk_; }
  const kafka::RecordChunk& chunk() const { return chunk_; }

 private:
  std::vector<std::optional<std::string>> values_;
  kafka::RecordChunk chunk_;
};

}  // namespace ticklake::lake
