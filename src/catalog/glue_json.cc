#include "catalog/glue_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <string_view>

#include "base/json.h"

namespace ticklake::catalog {
namespace {

namespace json = boost::json;

constexpr int64_t kFirstVersion = 1;  // Glue's is 0, which here is a table that is not stored yet

void Put(json::object& object, std::string_view name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}
void Put(json::object& object, std::string_view name, const Parameters& parameters) {
  if (!parameters.empty()) object[name] = json::value_from(parameters);
}
void Put(json::object& object, std::string_view name, json::array array) {
  if (!array.empty()) object[name] = std::move(array);
}

std::string Text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

int64_t Number(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return 0;
  if (const int64_t* number = value->if_int64()) return *number;
  if (const double* number = value->if_double()) return std::llround(*number);
  return 0;
}

bool Flag(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

/// Glue's times are seconds, with a fraction.
Nanos Time(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return 0;
  return std::llround(value->to_number<double>() * 1e6) * kNanosPerMicro;
}

Parameters Strings(const json::object& object, std::string_view name) {
  Parameters parameters;
  const json::value* value = object.if_contains(name);
  const json::object* members = value == nullptr ? nullptr : value->if_object();
  if (members == nullptr) return parameters;
  for (const auto& [key, text] : *members) {
    if (text.is_string()) parameters[std::string(key)] = text.get_string();
  }
  return parameters;
}

/// Calls take(item) for each item of an array.
template <class Take>
void Each(const json::object& object, std::string_view name, Take take) {
  const json::value* value = object.if_contains(name);
  const json::array* array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) return;
  for (const json::value& item : *array) take(item);
}

/// Members of Glue's that our model has no place for; they are kept as they are.
using Names = std::span<const std::string_view>;
constexpr auto kDatabaseExtra = std::to_array<std::string_view>(
    {"CreateTableDefaultPermissions", "TargetDatabase", "FederatedDatabase"});
constexpr auto kTableExtra =
    std::to_array<std::string_view>({"LastAccessTime", "LastAnalyzedTime", "TargetTable"});
constexpr auto kStorageExtra =
    std::to_array<std::string_view>({"SkewedInfo", "SchemaReference", "AdditionalLocations"});
constexpr auto kPartitionExtra =
    std::to_array<std::string_view>({"LastAccessTime", "LastAnalyzedTime"});

std::string ExtraOf(const json::object& object, Names names) {
  json::object extra;
  for (const std::string_view name : names) {
    if (const json::value* value = object.if_contains(name)) extra[name] = *value;
  }
  return extra.empty() ? "" : json::serialize(extra);
}

void PutExtra(json::object& object, const std::string& extra) {
  if (extra.empty()) return;
  boost::system::error_code error;
  const json::value parsed = ParseJson(extra, error);
  if (error || !parsed.is_object()) return;
  for (const auto& [name, value] : parsed.get_object()) object[name] = value;
}

json::array ColumnsToGlue(const std::vector<Column>& columns) {
  json::array array;
  for (const Column& column : columns) {
    json::object& object = array.emplace_back(json::object()).get_object();
    object["Name"] = column.name;
    Put(object, "Type", column.type);
    Put(object, "Comment", column.comment);
    Put(object, "Parameters", column.parameters);
  }
  return array;
}

std::vector<Column> ColumnsFromGlue(const json::object& object, std::string_view name) {
  std::vector<Column> columns;
  Each(object, name, [&columns](const json::value& item) {
    if (const json::object* column = item.if_object()) {
      columns.push_back({Text(*column, "Name"), Text(*column, "Type"), Text(*column, "Comment"),
                         Strings(*column, "Parameters")});
    }
  });
  return columns;
}

std::vector<std::string> TextsFromGlue(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  Each(object, name, [&texts](const json::value& item) {
    if (item.is_string()) texts.emplace_back(item.get_string());
  });
  return texts;
}

json::array TextsToGlue(const std::vector<std::string>& texts) {
  return json::value_from(texts).as_array();
}

json::object StorageToGlue(const StorageDescriptor& storage) {
  json::object object;
  Put(object, "Columns", ColumnsToGlue(storage.columns));
  Put(object, "Location", storage.location);
  Put(object, "InputFormat", storage.input_format);
  Put(object, "OutputFormat", storage.output_format);
  if (storage.compressed) object["Compressed"] = true;
  if (storage.buckets != 0) object["NumberOfBuckets"] = storage.buckets;
  json::object serde;
  Put(serde, "Name", storage.serde.name);
  Put(serde, "SerializationLibrary", storage.serde.library);
  Put(serde, "Parameters", storage.serde.parameters);
  if (!serde.empty()) object["SerdeInfo"] = std::move(serde);
  Put(object, "BucketColumns", TextsToGlue(storage.bucket_columns));
  json::array sorted;
  for (const SortColumn& column : storage.sort_columns) {
    sorted.push_back(
        json::object{{"Column", column.column}, {"SortOrder", column.ascending ? 1 : 0}});
  }
  Put(object, "SortColumns", std::move(sorted));
  Put(object, "Parameters", storage.parameters);
  if (storage.stored_as_sub_directories) object["StoredAsSubDirectories"] = true;
  PutExtra(object, storage.extra);
  return object;
}

StorageDescriptor StorageFromGlue(const json::object& parent) {
  StorageDescriptor storage;
  const json::value* value = parent.if_contains("StorageDescriptor");
  const json::object* object = value == nullptr ? nullptr : value->if_object();
  if (object == nullptr) return storage;
  storage.columns = ColumnsFromGlue(*object, "Columns");
  storage.location = Text(*object, "Location");
  storage.input_format = Text(*object, "InputFormat");
  storage.output_format = Text(*object, "OutputFormat");
  storage.compressed = Flag(*object, "Compressed");
  storage.buckets = static_cast<int32_t>(Number(*object, "NumberOfBuckets"));
  if (const json::value* serde = object->if_contains("SerdeInfo"); serde && serde->is_object()) {
    const json::object& info = serde->get_object();
    storage.serde = {Text(info, "Name"), Text(info, "SerializationLibrary"),
                     Strings(info, "Parameters")};
  }
  storage.bucket_columns = TextsFromGlue(*object, "BucketColumns");
  Each(*object, "SortColumns", [&storage](const json::value& item) {
    if (const json::object* column = item.if_object()) {
      storage.sort_columns.push_back({Text(*column, "Column"), Number(*column, "SortOrder") != 0});
    }
  });
  storage.parameters = Strings(*object, "Parameters");
  storage.stored_as_sub_directories = Flag(*object, "StoredAsSubDirectories");
  storage.extra = ExtraOf(*object, kStorageExtra);
  return storage;
}

}  // namespace

json::object DatabaseInput(const Database& database) {
  json::object object{{"Name", database.name}};
  Put(object, "Description", database.description);
  Put(object, "LocationUri", database.location_uri);
  Put(object, "Parameters", database.parameters);
  PutExtra(object, database.extra);
  return object;
}

json::object TableInput(const Table& table) {
  json::object object{{"Name", table.name}};
  Put(object, "Description", table.description);
  Put(object, "Owner", table.owner);
  Put(object, "TableType", table.table_type);
  if (table.retention != 0) object["Retention"] = table.retention;
  object["StorageDescriptor"] = StorageToGlue(table.storage);
  Put(object, "PartitionKeys", ColumnsToGlue(table.partition_keys));
  Put(object, "ViewOriginalText", table.view_original_text);
  Put(object, "ViewExpandedText", table.view_expanded_text);
  Put(object, "Parameters", table.parameters);
  PutExtra(object, table.extra);
  return object;
}

json::object PartitionInput(const Partition& partition) {
  json::object object{{"Values", TextsToGlue(partition.values)}};
  object["StorageDescriptor"] = StorageToGlue(partition.storage);
  Put(object, "Parameters", partition.parameters);
  PutExtra(object, partition.extra);
  return object;
}

std::string GlueVersion(const Table& table) {
  return fmt::format("{}", table.version - kFirstVersion);
}

Database DatabaseFromGlue(const json::object& object) {
  return {.name = Text(object, "Name"),
          .description = Text(object, "Description"),
          .location_uri = Text(object, "LocationUri"),
          .parameters = Strings(object, "Parameters"),
          .create_time = Time(object, "CreateTime"),
          .extra = ExtraOf(object, kDatabaseExtra)};
}

Table TableFromGlue(const json::object& object) {
  Table table;
  table.database = Text(object, "DatabaseName");
  table.name = Text(object, "Name");
  table.description = Text(object, "Description");
  table.owner = Text(object, "Owner");
  table.table_type = Text(object, "TableType");
  table.retention = static_cast<int32_t>(Number(object, "Retention"));
  table.storage = StorageFromGlue(object);
  table.partition_keys = ColumnsFromGlue(object, "PartitionKeys");
  table.view_original_text = Text(object, "ViewOriginalText");
  table.view_expanded_text = Text(object, "ViewExpandedText");
  table.parameters = Strings(object, "Parameters");
  table.create_time = Time(object, "CreateTime");
  table.update_time = Time(object, "UpdateTime");
  const std::string version = Text(object, "VersionId");
  std::from_chars(version.data(), version.data() + version.size(), table.version);
  table.version += kFirstVersion;
  table.extra = ExtraOf(object, kTableExtra);
  return table;
}

Partition PartitionFromGlue(const json::object& object) {
  return {.values = TextsFromGlue(object, "Values"),
          .storage = StorageFromGlue(object),
          .parameters = Strings(object, "Parameters"),
          .create_time = Time(object, "CreationTime"),
          .extra = ExtraOf(object, kPartitionExtra)};
}

}  // namespace ticklake::catalog
