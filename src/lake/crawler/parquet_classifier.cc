#include "lake/crawler/parquet_classifier.h"

#include <arrow/type.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <cstring>

#include "lake/crawler/arrow_types.h"

namespace ticklake::lake::crawler {
namespace {

constexpr size_t kTrailer = 8;                // length and magic
constexpr size_t kFirstRead = 64 << 10;       // most footers
constexpr uint64_t kMaxFooter = 64ULL << 20;  // bytes

Rejection Damaged(std::string detail) { return {"damaged Parquet", std::move(detail)}; }

std::string UnitName(parquet::LogicalType::TimeUnit::unit unit) {
  switch (unit) {
    case parquet::LogicalType::TimeUnit::MILLIS: return "milliseconds";
    case parquet::LogicalType::TimeUnit::MICROS: return "microseconds";
    case parquet::LogicalType::TimeUnit::NANOS: return "nanoseconds";
    default: return "of an unknown unit";
  }
}

std::string Physical(const parquet::schema::Node& node) {
  if (node.is_group()) return "";
  const auto& leaf = static_cast<const parquet::schema::PrimitiveNode&>(node);
  std::string text = parquet::TypeToString(leaf.physical_type());
  const auto& logical = node.logical_type();
  if (!logical || !logical->is_valid() || logical->is_none()) return text;
  if (!logical->is_timestamp()) return text + " " + logical->ToString();
  const auto& stamp = static_cast<const parquet::TimestampLogicalType&>(*logical);
  return text + (stamp.is_adjusted_to_utc() ? " Timestamp in UTC, " : " Timestamp, ") +
         UnitName(stamp.time_unit());
}

std::expected<Classified, Rejection> OfMetadata(const parquet::FileMetaData& metadata) {
  std::shared_ptr<arrow::Schema> schema;
  const auto converted = parquet::arrow::FromParquetSchema(
      metadata.schema(), parquet::default_arrow_reader_properties(), nullptr, &schema);
  if (!converted.ok()) return std::unexpected(Damaged(converted.ToString()));
  const auto* root = metadata.schema()->group_node();
  auto columns = ColumnsOf(*schema, "Parquet");
  if (!columns) return std::unexpected(columns.error());
  Classified found;
  found.reading.format = hive::Format::kParquet;
  found.reading.schema = std::move(*columns);
  for (ColumnFacts& column : found.reading.schema) {
    const int at = root->FieldIndex(column.key);
    if (at >= 0) column.why = Physical(*root->field(at));
  }
  found.reading.certainty = 1;
  found.reading.why.push_back(
      fmt::format("Parquet by its first and last bytes; columns from its "
                  "footer, written by {}",
                  metadata.created_by().empty() ? "an unknown program" : metadata.created_by()));
  found.records = metadata.num_rows();
  if (found.records < 0) {
    return std::unexpected(Damaged(fmt::format("its footer claims {} rows", found.records)));
  }
  found.whole = true;
  return found;
}

std::expected<std::string, Rejection> ReadFooter(store::ObjectStore& store,
                                                 const store::ObjectInfo& file,
                                                 std::string_view head) {
  const auto read = [&](uint64_t size) -> Result<std::string> {
    if (head.size() >= file.size) return std::string(head.substr(file.size - size, size));
    return store.GetRange(file.key, file.size - size, static_cast<size_t>(size));
  };
  const uint64_t first = std::min<uint64_t>(file.size, kFirstRead);
  auto tail = read(first);
  if (!tail) return std::unexpected(Rejection{"cannot be read", tail.error().message});
  if (tail->size() < kTrailer + 4 || !tail->ends_with("PAR1")) {
    return std::unexpected(
        Damaged("it does not end as Parquet does: cut off, or still being written"));
  }
  uint32_t length = 0;
  std::memcpy(&length, tail->data() + tail->size() - kTrailer, sizeof length);  // little endian
  const uint64_t with_trailer = length + kTrailer;
  if (length == 0 || with_trailer + 4 > file.size || length > kMaxFooter) {
    return std::unexpected(
        Damaged(fmt::format("its footer claims {} bytes of {}", length, file.size)));
  }
  if (with_trailer > tail->size()) {
    tail = read(with_trailer);
    if (!tail) return std::unexpected(Rejection{"cannot be read", tail.error().message});
    if (tail->size() < with_trailer) return std::unexpected(Damaged("it became shorter"));
  }
  return tail->substr(tail->size() - with_trailer, length);
}

}  // namespace

std::expected<Classified, Rejection> ClassifyFooter(std::string_view footer) {
  try {
    const auto metadata = parquet::FileMetaData::Make(footer.data(), std::ssize(footer));
    return OfMetadata(*metadata);
  } catch (const std::exception& e) {
    return std::unexpected(Damaged(fmt::format("its footer: {:.200}", e.what())));
  }
}

std::expected<Classified, Rejection> ClassifyParquet(store::ObjectStore& store,
                                                     const store::ObjectInfo& file,
                                                     std::string_view head) {
  const auto footer = ReadFooter(store, file, head);
  if (!footer) return std::unexpected(footer.error());
  return ClassifyFooter(*footer);
}

}  // namespace ticklake::lake::crawler
