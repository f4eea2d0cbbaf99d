// Writing manifests and manifest lists. Values go by position: the order is that of the
// schemas in manifest_schema.cc.

#include <algorithm>
#include <cmath>

#include "lake/iceberg/avro_file.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/manifest_schema.h"

namespace ticklake::lake::iceberg {
namespace {

AvroValue Long(int64_t value) { return {value}; }
AvroValue Text(std::string value) { return {std::move(value)}; }
AvroValue OptionalText(const std::optional<std::string>& value) {
  return value ? AvroValue{*value} : AvroValue{};
}
AvroValue KeyMetadata(const std::string& value) {
  return value.empty() ? AvroValue{} : AvroValue{value};
}

AvroValue PairValue(int64_t value) { return Long(value); }
AvroValue PairValue(const std::string& value) { return Text(value); }

// An Iceberg map: an array of key-value records; an empty one is null.
template <class Map>
AvroValue IntMap(const Map& map) {
  if (map.empty()) return {};
  AvroList list;
  list.reserve(map.size());
  for (const auto& [key, value] : map) {
    list.push_back({AvroList{Long(key), PairValue(value)}});
  }
  return {std::move(list)};
}

template <class T>
AvroValue Numbers(const std::vector<T>& numbers) {
  if (numbers.empty()) return {};
  AvroList list;
  for (const T number : numbers) list.push_back(Long(number));
  return {std::move(list)};
}

// Decimals are kept in the fewest bytes, and written in all bytes of their fixed type.
std::string SignExtended(std::string bytes, size_t size) {
  const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 0x80) != 0;
  if (bytes.size() < size) bytes.insert(0, size - bytes.size(), negative ? '\xff' : '\0');
  return bytes;
}

struct ToAvro {
  const AvroType& type;
  AvroValue operator()(std::monostate) const { return {}; }
  AvroValue operator()(bool v) const { return {v}; }
  AvroValue operator()(int32_t v) const { return Long(v); }
  AvroValue operator()(int64_t v) const { return Long(v); }
  AvroValue operator()(float v) const { return {v}; }
  AvroValue operator()(double v) const { return {v}; }
  AvroValue operator()(const std::string& v) const {
    return Text(type.kind == AvroKind::kFixed ? SignExtended(v, type.size) : v);
  }
};

Result<AvroValue> PartitionValue(const AvroType& record, const DataFile& file) {
  if (file.partition.size() != record.fields.size()) {
    return Fail(Code::kInternal, "data file '{}': {} partition values for a spec of {} fields",
                file.path, file.partition.size(), record.fields.size());
  }
  AvroList values;
  for (size_t i = 0; i < file.partition.size(); ++i) {
    const AvroType& type = *record.fields[i].type->branches[1];  // [null, type]
    values.push_back(std::visit(ToAvro{type}, file.partition[i]));
  }
  return AvroValue{std::move(values)};
}

Result<AvroValue> DataFileValue(const AvroType& type, const DataFile& file) {
  const int partition = type.FindField(manifest_id::kPartition);
  TL_ASSIGN(AvroValue partition_value,
            PartitionValue(*type.fields[static_cast<size_t>(partition)].type, file));
  return AvroValue{AvroList{
      Long(static_cast<int64_t>(file.content)),
      Text(file.path),
      Text(file.format),
      std::move(partition_value),
      Long(file.record_count),
      Long(file.file_size),
      IntMap(file.column_sizes),
      IntMap(file.value_counts),
      IntMap(file.null_value_counts),
      IntMap(file.nan_value_counts),
      IntMap(file.lower_bounds),
      IntMap(file.upper_bounds),
      KeyMetadata(file.key_metadata),
      Numbers(file.split_offsets),
      Numbers(file.equality_ids),
      file.sort_order_id ? Long(*file.sort_order_id) : AvroValue{},
  }};
}

Result<AvroValue> EntryValue(const AvroType& type, const ManifestContext& context,
                             const ManifestEntry& entry) {
  const int data_file = type.FindField(manifest_id::kDataFile);
  TL_ASSIGN(AvroValue file,
            DataFileValue(*type.fields[static_cast<size_t>(data_file)].type, entry.file));
  const bool added = entry.status == EntryStatus::kAdded;
  const bool existing = entry.status == EntryStatus::kExisting;
  return AvroValue{AvroList{
      Long(static_cast<int64_t>(entry.status)),
      Long(existing ? entry.file.snapshot_id : context.snapshot_id),
      added ? AvroValue{} : Long(entry.file.sequence_number),
      added ? AvroValue{} : Long(entry.file.file_sequence_number),
      std::move(file),
  }};
}

bool IsNan(const Literal& value) {
  if (const float* number = std::get_if<float>(&value)) return std::isnan(*number);
  if (const double* number = std::get_if<double>(&value)) return std::isnan(*number);
  return false;
}

// Decimals are big-endian two's complement; all others compare as they are.
bool Less(const AvroType& type, const Literal& a, const Literal& b) {
  if (type.kind != AvroKind::kFixed || type.logical_type != "decimal") return a < b;
  std::string x = SignExtended(std::get<std::string>(a), type.size);
  std::string y = SignExtended(std::get<std::string>(b), type.size);
  const auto flip_sign = [](std::string& bytes) {
    if (!bytes.empty()) bytes[0] = static_cast<char>(bytes[0] ^ '\x80');
  };
  flip_sign(x);
  flip_sign(y);
  return x < y;
}

// What a manifest list says about one partition field of all entries.
FieldSummary Summarize(const AvroType& type, const std::vector<ManifestEntry>& entries,
                       size_t field) {
  FieldSummary summary;
  Literal low;
  Literal high;
  for (const ManifestEntry& entry : entries) {
    const Literal& value = entry.file.partition[field];
    if (value == Literal()) {
      summary.contains_null = true;
    } else if (IsNan(value)) {
      summary.contains_nan = true;
    } else {
      if (low == Literal() || Less(type, value, low)) low = value;
      if (high == Literal() || Less(type, high, value)) high = value;
    }
  }
  if (low != Literal()) {
    summary.lower = SingleValue(low);
    summary.upper = SingleValue(high);
  }
  return summary;
}

void Count(const ManifestEntry& entry, ManifestFile& file) {
  switch (entry.status) {
    case EntryStatus::kAdded:
      ++file.added_files;
      file.added_rows += entry.file.record_count;
      break;
    case EntryStatus::kExisting:
      ++file.existing_files;
      file.existing_rows += entry.file.record_count;
      break;
    case EntryStatus::kDeleted:
      ++file.deleted_files;
      file.deleted_rows += entry.file.record_count;
      break;
  }
}

ManifestFile Describe(const ManifestContext& context, const AvroType& partition,
                      const std::vector<ManifestEntry>& entries) {
  ManifestFile file;
  file.spec_id = context.spec->spec_id;
  file.added_snapshot_id = context.snapshot_id;
  file.sequence_number = file.min_sequence_number = context.sequence_number;
  for (const ManifestEntry& entry : entries) {
    Count(entry, file);
    if (entry.status == EntryStatus::kExisting) {
      file.min_sequence_number = std::min(file.min_sequence_number, entry.file.sequence_number);
    }
  }
  for (size_t i = 0; i < context.spec->fields.size(); ++i) {
    file.partitions.push_back(Summarize(*partition.fields[i].type->branches[1], entries, i));
  }
  return file;
}

const AvroType& PartitionRecord(const AvroType& entry) {
  const auto at = static_cast<size_t>(entry.FindField(manifest_id::kDataFile));
  const AvroType& file = *entry.fields[at].type;
  return *file.fields[static_cast<size_t>(file.FindField(manifest_id::kPartition))].type;
}

AvroValue SummariesValue(const std::vector<FieldSummary>& summaries) {
  AvroList list;
  for (const FieldSummary& summary : summaries) {
    list.push_back({AvroList{{summary.contains_null},
                             {summary.contains_nan},
                             OptionalText(summary.lower),
                             OptionalText(summary.upper)}});
  }
  return {std::move(list)};
}

AvroValue ListEntryValue(const ManifestFile& file) {
  return {AvroList{
      Text(file.path),
      Long(file.length),
      Long(file.spec_id),
      Long(static_cast<int64_t>(file.content)),
      Long(file.sequence_number),
      Long(file.min_sequence_number),
      Long(file.added_snapshot_id),
      Long(file.added_files),
      Long(file.existing_files),
      Long(file.deleted_files),
      Long(file.added_rows),
      Long(file.existing_rows),
      Long(file.deleted_rows),
      SummariesValue(file.partitions),
      KeyMetadata(file.key_metadata),
  }};
}

}  // namespace

Result<WrittenManifest> WriteManifest(const ManifestContext& context,
                                      const std::vector<ManifestEntry>& entries) {
  TL_ASSIGN(const std::string schema_json, ManifestAvroSchema(*context.schema, *context.spec));
  TL_ASSIGN(const AvroTypePtr schema, ParseAvroSchema(schema_json));
  TL_ASSIGN(AvroFileWriter writer,
            AvroFileWriter::Make(schema_json,
                                 {{"schema", SerializeSchema(*context.schema)},
                                  {"schema-id", fmt::to_string(context.schema->schema_id)},
                                  {"partition-spec", SerializePartitionFields(*context.spec)},
                                  {"partition-spec-id", fmt::to_string(context.spec->spec_id)},
                                  {"format-version", fmt::to_string(kFormatVersion)},
                                  {"content", "data"}}));
  for (const ManifestEntry& entry : entries) {
    TL_ASSIGN(const AvroValue value, EntryValue(*schema, context, entry));
    TL_TRY(writer.Append(value));
  }
  WrittenManifest written;
  TL_ASSIGN(written.bytes, writer.Finish());
  written.file = Describe(context, PartitionRecord(*schema), entries);
  written.file.length = static_cast<int64_t>(written.bytes.size());
  return written;
}

Result<std::string> WriteManifestList(const Snapshot& snapshot,
                                      const std::vector<ManifestFile>& manifests) {
  std::map<std::string, std::string> header = {
      {"snapshot-id", fmt::to_string(snapshot.snapshot_id)},
      {"parent-snapshot-id", snapshot.parent_id == kNoSnapshot
                                 ? std::string("null")
                                 : fmt::to_string(snapshot.parent_id)},
      {"sequence-number", fmt::to_string(snapshot.sequence_number)},
      {"format-version", fmt::to_string(kFormatVersion)},
  };
  TL_ASSIGN(AvroFileWriter writer, AvroFileWriter::Make(ManifestListAvroSchema(), header));
  for (const ManifestFile& file : manifests) TL_TRY(writer.Append(ListEntryValue(file)));
  return writer.Finish();
}

}  // namespace ticklake::lake::iceberg
