#include "lake/parquet/statistics.h"

#include <parquet/metadata.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>

#include <map>
#include <set>

#include "lake/iceberg/literal.h"

namespace ticklake::lake {
namespace {

using iceberg::Literal;
using iceberg::TypeId;

void CollectTypes(const std::vector<iceberg::Field>& fields, std::map<int32_t, TypeId>& types) {
  for (const iceberg::Field& field : fields) {
    types[field.id] = field.type->id;
    CollectTypes(field.type->fields, types);
  }
}

/// Types whose Parquet statistics are Iceberg's single values, byte for byte.
bool HasBounds(TypeId type) {
  switch (type) {
    case TypeId::kBoolean:
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz:
    case TypeId::kString:
    case TypeId::kBinary: return true;
    default: return false;
  }
}

/// The bounds of one column over its row groups.
class Bounds {
 public:
  explicit Bounds(TypeId type) : type_(type), known_(HasBounds(type)) {}

  void Add(const parquet::ColumnChunkMetaData& chunk, const parquet::Statistics* statistics) {
    if (statistics != nullptr && statistics->HasMinMax()) {
      const auto low = iceberg::ParseSingleValue(type_, statistics->EncodeMin());
      const auto high = iceberg::ParseSingleValue(type_, statistics->EncodeMax());
      known_ = known_ && low && high;
      if (!known_) return;
      if (!any_ || *low < low_) low_ = *low;
      if (!any_ || high_ < *high) high_ = *high;
      any_ = true;
      return;
    }
    // Without a minimum a chunk is of nulls only, or its values are too long, or NaN.
    const bool nulls_only = statistics != nullptr && statistics->HasNullCount() &&
                            statistics->null_count() == chunk.num_values();
    known_ = known_ && nulls_only;
  }

  void Put(int32_t id, iceberg::DataFile& file) const {
    if (!known_ || !any_) return;
    if (type_ == TypeId::kString || type_ == TypeId::kBinary) {
      const bool text = type_ == TypeId::kString;
      const auto& low = std::get<std::string>(low_);
      const auto& high = std::get<std::string>(high_);
      file.lower_bounds[id] = text ? LowerTextBound(low) : low.substr(0, kBoundLength);
      const auto upper = text ? UpperTextBound(high) : UpperBytesBound(high);
      if (upper) file.upper_bounds[id] = *upper;
    } else {
      file.lower_bounds[id] = iceberg::SingleValue(low_);
      file.upper_bounds[id] = iceberg::SingleValue(high_);
    }
  }

 private:
  TypeId type_;
  bool known_;
  bool any_ = false;
  Literal low_;
  Literal high_;
};

/// Offset just behind the first `characters` characters.
size_t PrefixLength(std::string_view text, size_t characters) {
  size_t pos = 0;
  while (pos < text.size()) {
    const bool starts = (static_cast<unsigned char>(text[pos]) & 0xC0) != 0x80;
    if (starts && characters-- == 0) break;
    ++pos;
  }
  return pos;
}

uint32_t DecodeLast(std::string_view text, size_t* start) {
  *start = text.size() - 1;
  while (*start > 0 && (static_cast<unsigned char>(text[*start]) & 0xC0) == 0x80) --*start;
  const auto lead = static_cast<unsigned char>(text[*start]);
  uint32_t c = lead < 0x80   ? lead
               : lead < 0xE0 ? lead & 0x1Fu
               : lead < 0xF0 ? lead & 0xFu
                             : lead & 7u;
  for (size_t i = *start + 1; i < text.size(); ++i) {
    c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  return c;
}

std::string Encode(uint32_t c) {
  const auto byte = [](uint32_t b) { return static_cast<char>(b); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | (c >> 6)), byte(0x80 | (c & 0x3F))};
  if (c < 0x10000) {
    return {byte(0xE0 | (c >> 12)), byte(0x80 | ((c >> 6) & 0x3F)), byte(0x80 | (c & 0x3F))};
  }
  return {byte(0xF0 | (c >> 18)), byte(0x80 | ((c >> 12) & 0x3F)), byte(0x80 | ((c >> 6) & 0x3F)),
          byte(0x80 | (c & 0x3F))};
}

}  // namespace

std::string LowerTextBound(std::string_view text) {
  return std::string(text.substr(0, PrefixLength(text, kBoundLength)));
}

std::optional<std::string> UpperTextBound(std::string_view text) {
  const size_t length = PrefixLength(text, kBoundLength);
  if (length == text.size()) return std::string(text);
  std::string bound(text.substr(0, length));
  while (!bound.empty()) {  // raise the last character that can be raised
    size_t start = 0;
    uint32_t c = DecodeLast(bound, &start) + 1;
    bound.resize(start);
    if (c == 0xD800) c = 0xE000;  // surrogates are no characters
    if (c <= 0x10FFFF) return bound + Encode(c);
  }
  return std::nullopt;
}

std::optional<std::string> UpperBytesBound(std::string_view bytes) {
  if (bytes.size() <= kBoundLength) return std::string(bytes);
  std::string bound(bytes.substr(0, kBoundLength));
  while (!bound.empty()) {
    const auto last = static_cast<unsigned char>(bound.back());
    if (last < 0xFF) {
      bound.back() = static_cast<char>(last + 1);
      return bound;
    }
    bound.pop_back();
  }
  return std::nullopt;
}

void FillStatistics(const parquet::FileMetaData& metadata, const iceberg::Schema& schema,
                    iceberg::DataFile& file) {
  std::map<int32_t, TypeId> types;
  CollectTypes(schema.fields, types);
  file.record_count = metadata.num_rows();
  for (int group = 0; group < metadata.num_row_groups(); ++group) {
    file.split_offsets.push_back(metadata.RowGroup(group)->file_offset());
  }
  for (int column = 0; column < metadata.num_columns(); ++column) {
    const parquet::ColumnDescriptor* const descriptor = metadata.schema()->Column(column);
    const int32_t id = descriptor->schema_node()->field_id();
    const auto type = types.find(id);
    if (type == types.end()) continue;
    const bool repeated = descriptor->max_repetition_level() > 0;
    Bounds bounds(type->second);
    bool nulls_known = true;
    for (int group = 0; group < metadata.num_row_groups(); ++group) {
      const auto chunk = metadata.RowGroup(group)->ColumnChunk(column);
      file.column_sizes[id] += chunk->total_compressed_size();
      if (repeated) continue;
      file.value_counts[id] += chunk->num_values();
      const auto statistics = chunk->statistics();
      nulls_known = nulls_known && statistics != nullptr && statistics->HasNullCount();
      if (nulls_known) file.null_value_counts[id] += statistics->null_count();
      bounds.Add(*chunk, statistics.get());
    }
    if (repeated) continue;
    if (!nulls_known) file.null_value_counts.erase(id);
    bounds.Put(id, file);
  }
}

}  // namespace ticklake::lake
