// AvroValue: any value of any Avro type, and its binary encoding.
//
// Threading: plain values. Does not: keep the type; a value is read and written by a schema.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "lake/iceberg/avro_schema.h"

namespace ticklake::lake::iceberg {

struct AvroValue;
/// A record's fields in order; an array's items; a map's entries, each a list of key and value.
using AvroList = std::vector<AvroValue>;

struct AvroValue {
  /// int64_t: int, long and enum (its position). std::string: bytes, string and fixed.
  std::variant<std::monostate, bool, int64_t, float, double, std::string, AvroList> value;

  bool IsNull() const { return value.index() == 0; }
  bool operator==(const AvroValue&) const = default;

  const int64_t* AsLong() const { return std::get_if<int64_t>(&value); }
  const std::string* AsString() const { return std::get_if<std::string>(&value); }
  const AvroList* AsList() const { return std::get_if<AvroList>(&value); }
};

/// Reads values one after another from a block's bytes. Every length is checked, and the
/// number of values is bounded by the bytes they came from, so that a few bytes cannot ask for
/// unlimited memory.
class AvroDecoder {
 public:
  explicit AvroDecoder(std::string_view bytes);

  Result<AvroValue> Read(const AvroType& type);
  bool AtEnd() const { return at_ == end_; }

 private:
  Result<AvroValue> ReadSequence(const AvroType& type);
  Result<AvroValue> ReadRecord(const AvroType& type);
  Result<uint64_t> ReadIndex(size_t bound);
  Result<int64_t> ReadLong();
  Result<std::string_view> ReadBytes(uint64_t size);
  Result<void> Count();

  const char* at_;
  const char* end_;
  uint64_t values_left_;
};

/// Appends the encoding of a value of that type. A union must be [null, X] and takes null or
/// a value of X. kInternal when the value is not of the type: the caller is wrong.
Result<void> EncodeAvro(const AvroType& type, const AvroValue& value, std::string& out);

}  // namespace ticklake::lake::iceberg
