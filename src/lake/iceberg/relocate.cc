#include "lake/iceberg/relocate.h"

#include <optional>

#include <boost/json.hpp>

#include "base/json.h"
#include "lake/iceberg/avro_file.h"

namespace ticklake::lake::iceberg {
namespace json = boost::json;
namespace {

constexpr int32_t kManifestPath = 500;  // field ids of the spec, "Manifest Lists"
constexpr int32_t kManifestLength = 501;

// True if anything was changed.
bool Relocate(json::value& value, const Relocation& relocation) {
  bool changed = false;
  if (auto* text = value.if_string()) {
    changed = std::string_view(text->data(), text->size()).starts_with(relocation.from);
    if (changed) *text = relocation.Of({text->data(), text->size()});
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object) changed |= Relocate(member.value(), relocation);
  } else if (auto* array = value.if_array()) {
    for (json::value& item : *array) changed |= Relocate(item, relocation);
  }
  return changed;
}

// Bytes too: the bounds of a delete file's column of paths.
bool Relocate(AvroValue& value, const Relocation& relocation) {
  bool changed = false;
  if (auto* text = std::get_if<std::string>(&value.value)) {
    changed = text->starts_with(relocation.from);
    if (changed) *text = relocation.Of(*text);
  } else if (auto* list = std::get_if<AvroList>(&value.value)) {
    for (AvroValue& item : *list) changed |= Relocate(item, relocation);
  }
  return changed;
}

// Where a manifest list's records have their path and length.
struct ListFields {
  int path = -1;
  int length = -1;

  explicit ListFields(const AvroType& record)
      : path(record.FindField(kManifestPath)), length(record.FindField(kManifestLength)) {}
};

// True if it was another one.
Result<bool> SetLength(const ListFields& at, AvroList& record, const ManifestLength& length) {
  const std::string* path = record[static_cast<size_t>(at.path)].AsString();
  AvroValue& value = record[static_cast<size_t>(at.length)];
  const int64_t* listed = value.AsLong();
  if (path == nullptr || listed == nullptr) {
    return Fail(Code::kCorrupt, "manifest list: a manifest without path or length");
  }
  TL_ASSIGN(const int64_t told, length(*path, *listed));
  if (told == *listed) return false;
  value.value = told;
  return true;
}

}  // namespace

std::string Relocation::Of(std::string_view uri) const {
  if (!uri.starts_with(from)) return std::string(uri);
  return to + std::string(uri.substr(from.size()));
}

Result<std::string> RelocateMetadata(std::string_view text, const Relocation& relocation) {
  json::error_code error;
  json::value value = ParseJson(text, error);
  if (error) return Fail(Code::kCorrupt, "table metadata: not JSON: {}", error.message());
  return Relocate(value, relocation) ? json::serialize(value) : std::string(text);
}

Result<std::string> RelocateManifest(std::string_view avro, const Relocation& relocation,
                                     const ManifestLength& length) {
  std::optional<AvroFileWriter> writer;
  bool any = false;
  const auto begin = [&writer](const AvroHeader& header) -> Result<void> {
    if (writer) return {};
    TL_ASSIGN(writer, AvroFileWriter::Make(header));
    return {};
  };
  const auto copy = [&](const AvroHeader& header, const AvroValue& record) -> Result<void> {
    TL_TRY(begin(header));
    AvroValue changed = record;
    const ListFields list(*header.schema);
    if (auto* fields = std::get_if<AvroList>(&changed.value);
        fields != nullptr && list.path >= 0 && list.length >= 0) {
      TL_ASSIGN(const bool other, SetLength(list, *fields, length));
      any |= other;
    }
    any |= Relocate(changed, relocation);
    return writer->Append(changed);
  };
  TL_ASSIGN(const AvroHeader header, ReadAvroFile(avro, copy));
  TL_TRY(begin(header));  // of a file without records
  return any ? writer->Finish() : std::string(avro);
}

}  // namespace ticklake::lake::iceberg
