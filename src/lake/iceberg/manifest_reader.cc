// Reading manifests and manifest lists, by field id, whoever wrote them.

#include <limits>

#include "lake/iceberg/avro_file.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/manifest_schema.h"

namespace ticklake::lake::iceberg {
namespace {

// The writer's type behind an optional one.
const AvroType& Unwrap(const AvroType&& type) = delete;
const AvroType& Unwrap(const AvroType& type) {
  if (type.kind != AvroKind::kUnion) return type;
  for (const AvroTypePtr& branch : type.branches) {
    if (branch->kind != AvroKind::kNull) return *branch;
  }
  return type;
}

// Typed access to one record's fields; the first mistake is kept. What a writer left out is
// null: required fields complain about that.
class RecordView {
 public:
  RecordView(const AvroType& type, const AvroValue& value, std::string& mistake)
      : type_(Unwrap(type)), list_(value.AsList()), mistake_(mistake) {
    const bool record = type_.kind == AvroKind::kRecord && list_ != nullptr;
    if (!record || list_->size() != type_.fields.size()) {
      list_ = nullptr;
      Complain("a record is not one");
    }
  }

  void Complain(std::string_view what) {
    if (mistake_.empty()) mistake_ = what;
  }
  const AvroValue& Get(int id) const {
    static const AvroValue null;
    const int at = list_ ? type_.FindField(id) : -1;
    return at < 0 ? null : (*list_)[static_cast<size_t>(at)];
  }
  const AvroType& TypeOf(int id) const {
    const int at = type_.FindField(id);
    return at < 0 ? type_ : Unwrap(*type_.fields[static_cast<size_t>(at)].type);
  }
  std::optional<int64_t> OptionalLong(int id) const {
    const int64_t* value = Get(id).AsLong();
    return value ? std::optional(*value) : std::nullopt;
  }
  int64_t Long(int id) {
    const auto value = OptionalLong(id);
    if (!value) Complain(fmt::format("field {} is missing", id));
    return value.value_or(0);
  }
  int32_t Int(int id) {
    const int64_t value = Long(id);
    if (value < 0 || value > std::numeric_limits<int32_t>::max()) {
      Complain(fmt::format("field {} is out of range", id));
      return 0;
    }
    return static_cast<int32_t>(value);
  }
  std::optional<std::string> OptionalText(int id) const {
    const std::string* value = Get(id).AsString();
    return value ? std::optional(*value) : std::nullopt;
  }
  std::string Text(int id) {
    if (!Get(id).AsString()) Complain(fmt::format("field {} is missing", id));
    return OptionalText(id).value_or("");
  }
  const AvroList& List(int id) const {
    static const AvroList empty;
    const AvroList* value = Get(id).AsList();
    return value ? *value : empty;
  }

  /// An Iceberg map with int keys: an array of records, or Avro's own map never.
  template <class Map, class Read>
  Map IntMap(int id, Read read) {
    Map map;
    map.reserve(List(id).size());
    for (const AvroValue& item : List(id)) {
      const AvroList* entry = item.AsList();
      const int64_t* key = entry && entry->size() == 2 ? (*entry)[0].AsLong() : nullptr;
      const auto* value = key ? read((*entry)[1]) : nullptr;
      if (value) {
        map[static_cast<int32_t>(*key)] = *value;
      } else {
        Complain(fmt::format("map {} is damaged", id));
      }
    }
    return map;
  }
  ColumnCounts Counts(int id) {
    return IntMap<ColumnCounts>(id, [](const AvroValue& v) { return v.AsLong(); });
  }
  ColumnBounds Bounds(int id) {
    return IntMap<ColumnBounds>(id, [](const AvroValue& v) { return v.AsString(); });
  }
  template <class T>
  std::vector<T> Numbers(int id) {
    std::vector<T> numbers;
    for (const AvroValue& item : List(id)) {
      if (const int64_t* number = item.AsLong()) numbers.push_back(static_cast<T>(*number));
    }
    return numbers;
  }

 private:
  const AvroType& type_;
  const AvroList* list_;
  std::string& mistake_;
};

Literal LiteralOf(const AvroType& type, const AvroValue& value) {
  if (const int64_t* number = value.AsLong()) {
    if (type.kind == AvroKind::kInt) return static_cast<int32_t>(*number);
    return *number;
  }
  if (const bool* flag = std::get_if<bool>(&value.value)) return *flag;
  if (const float* number = std::get_if<float>(&value.value)) return *number;
  if (const double* number = std::get_if<double>(&value.value)) return *number;
  if (const std::string* text = value.AsString()) return *text;
  return {};
}

std::vector<Literal> ReadPartition(const RecordView& file, const PartitionSpec& spec) {
  using manifest_id::kPartition;
  std::vector<Literal> values;
  const AvroType& type = file.TypeOf(kPartition);
  const AvroList* list = file.Get(kPartition).AsList();
  for (const PartitionField& field : spec.fields) {
    int at = type.FindField(field.field_id);
    if (at < 0) at = type.FindField(std::string_view(field.name));
    const bool known = at >= 0 && list && static_cast<size_t>(at) < list->size();
    if (known) {
      const auto index = static_cast<size_t>(at);
      values.push_back(LiteralOf(Unwrap(*type.fields[index].type), (*list)[index]));
    } else {
      values.emplace_back();
    }
  }
  return values;
}

DataFile ReadDataFile(RecordView& view, const PartitionSpec& spec) {
  namespace id = manifest_id;
  DataFile file;
  const int64_t content = view.OptionalLong(id::kContent).value_or(0);
  if (content < 0 || content > 2) view.Complain("a file's content is not known");
  file.content = static_cast<FileContent>(content);
  file.path = view.Text(id::kFilePath);
  file.format = view.Text(id::kFileFormat);
  for (char& c : file.format) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  file.spec_id = spec.spec_id;
  file.partition = ReadPartition(view, spec);
  file.record_count = view.Long(id::kRecordCount);
  file.file_size = view.Long(id::kFileSize);
  file.column_sizes = view.Counts(id::kColumnSizes);
  file.value_counts = view.Counts(id::kValueCounts);
  file.null_value_counts = view.Counts(id::kNullValueCounts);
  file.nan_value_counts = view.Counts(id::kNanValueCounts);
  file.lower_bounds = view.Bounds(id::kLowerBounds);
  file.upper_bounds = view.Bounds(id::kUpperBounds);
  file.key_metadata = view.OptionalText(id::kKeyMetadata).value_or("");
  file.split_offsets = view.Numbers<int64_t>(id::kSplitOffsets);
  file.equality_ids = view.Numbers<int32_t>(id::kEqualityIds);
  if (const auto order = view.OptionalLong(id::kSortOrderId)) {
    file.sort_order_id = static_cast<int32_t>(*order);
  }
  return file;
}

// Spec, "Sequence Number Inheritance": null means the manifest's, for added files; files of
// version 1 have 0.
int64_t Inherit(std::optional<int64_t> own, EntryStatus status, const ManifestFile& manifest,
                RecordView& view) {
  if (own) return *own;
  if (status != EntryStatus::kAdded && manifest.sequence_number != 0) {
    view.Complain("an existing file has no sequence number");
  }
  return manifest.sequence_number;
}

ManifestEntry ReadEntry(RecordView& view, const ManifestFile& manifest, const PartitionSpec& spec,
                        std::string& mistake) {
  namespace id = manifest_id;
  ManifestEntry entry;
  const int64_t status = view.Long(id::kStatus);
  if (status < 0 || status > 2) view.Complain("an entry's status is not known");
  entry.status = static_cast<EntryStatus>(status);
  RecordView file(view.TypeOf(id::kDataFile), view.Get(id::kDataFile), mistake);
  entry.file = ReadDataFile(file, spec);
  entry.file.snapshot_id = view.OptionalLong(id::kSnapshotId).value_or(manifest.added_snapshot_id);
  entry.file.sequence_number =
      Inherit(view.OptionalLong(id::kSequenceNumber), entry.status, manifest, view);
  entry.file.file_sequence_number =
      Inherit(view.OptionalLong(id::kFileSequenceNumber), entry.status, manifest, view);
  return entry;
}

std::vector<FieldSummary> ReadSummaries(const RecordView& view, std::string& mistake) {
  namespace id = manifest_list_id;
  std::vector<FieldSummary> summaries;
  const AvroType& array = view.TypeOf(id::kPartitions);
  for (const AvroValue& item : view.List(id::kPartitions)) {
    if (array.kind != AvroKind::kArray) break;
    RecordView from(*array.branches[0], item, mistake);
    const auto flag = [&](int field) {
      const bool* value = std::get_if<bool>(&from.Get(field).value);
      return value && *value;
    };
    summaries.push_back({flag(id::kContainsNull), flag(id::kContainsNan),
                         from.OptionalText(id::kLowerBound), from.OptionalText(id::kUpperBound)});
  }
  return summaries;
}

ManifestFile ReadListEntry(RecordView& view, std::string& mistake) {
  namespace id = manifest_list_id;
  ManifestFile file;
  file.path = view.Text(id::kPath);
  file.length = view.Long(id::kLength);
  file.spec_id = view.Int(id::kSpecId);
  const int64_t content = view.OptionalLong(id::kContent).value_or(0);
  if (content < 0 || content > 1) view.Complain("a manifest's content is not known");
  file.content = static_cast<ManifestContent>(content);
  file.sequence_number = view.OptionalLong(id::kSequenceNumber).value_or(0);
  file.min_sequence_number = view.OptionalLong(id::kMinSequenceNumber).value_or(0);
  file.added_snapshot_id = view.Long(id::kAddedSnapshotId);
  file.added_files = view.Int(id::kAddedFiles);
  file.existing_files = view.Int(id::kExistingFiles);
  file.deleted_files = view.Int(id::kDeletedFiles);
  file.added_rows = view.Long(id::kAddedRows);
  file.existing_rows = view.Long(id::kExistingRows);
  file.deleted_rows = view.Long(id::kDeletedRows);
  file.partitions = ReadSummaries(view, mistake);
  file.key_metadata = view.OptionalText(id::kKeyMetadata).value_or("");
  return file;
}

}  // namespace

Result<std::vector<ManifestEntry>> ReadManifest(std::string_view bytes, const ManifestFile& file,
                                                const PartitionSpec& spec) {
  std::vector<ManifestEntry> entries;
  std::string mistake;
  TL_TRY(ReadAvroFile(bytes, [&](const AvroHeader& header, const AvroValue& record) {
    RecordView view(*header.schema, record, mistake);
    entries.push_back(ReadEntry(view, file, spec, mistake));
    return mistake.empty() ? Result<void>() : Fail(Code::kCorrupt, "manifest: {}", mistake);
  }));
  return entries;
}

Result<std::vector<ManifestFile>> ReadManifestList(std::string_view bytes) {
  std::vector<ManifestFile> manifests;
  std::string mistake;
  TL_TRY(ReadAvroFile(bytes, [&](const AvroHeader& header, const AvroValue& record) {
    RecordView view(*header.schema, record, mistake);
    const bool counted = view.OptionalLong(manifest_list_id::kAddedFiles).has_value();
    if (mistake.empty() && !counted) {
      return Result<void>(Fail(Code::kUnsupported,
                               "manifest list: written by version 1 without counts; rewrite the "
                               "table's manifests with the engine that wrote it"));
    }
    manifests.push_back(ReadListEntry(view, mistake));
    return mistake.empty() ? Result<void>() : Fail(Code::kCorrupt, "manifest list: {}", mistake);
  }));
  return manifests;
}

}  // namespace ticklake::lake::iceberg
