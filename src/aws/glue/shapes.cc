#include "aws/glue/shapes.h"

#include <boost/json.hpp>

#include <limits>

#include "aws/service.h"
#include "base/json.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;
using catalog::Column;
using catalog::StorageDescriptor;

constexpr size_t kMaxColumns = 10'000;
constexpr TextLimits kType{0, 131'072};
constexpr int64_t kMaxInt = std::numeric_limits<int32_t>::max();
constexpr int64_t kMinInt = std::numeric_limits<int32_t>::min();

void Put(json::object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}
void Put(json::object& object, std::string_view key, const catalog::Parameters& parameters) {
  if (!parameters.empty()) object[key] = json::value_from(parameters);
}

std::vector<Column> ReadColumns(const Members& input, std::string_view key) {
  std::vector<Column> columns;
  for (const Members& item : input.Objects(key, kMaxColumns)) {
    columns.push_back({item.Required("Name"), item.Text("Type", kType), item.Text("Comment"),
                       item.Map("Parameters")});
  }
  return columns;
}

json::array ShowColumns(const std::vector<Column>& columns) {
  json::array array;
  for (const Column& column : columns) {
    json::object object{{"Name", column.name}};
    Put(object, "Type", column.type);
    Put(object, "Comment", column.comment);
    Put(object, "Parameters", column.parameters);
    array.push_back(std::move(object));
  }
  return array;
}

StorageDescriptor ReadStorage(const Members& input, const LakeUris& uris) {
  StorageDescriptor storage;
  storage.columns = ReadColumns(input, "Columns");
  storage.location = uris.Take(input.Text("Location", kUri));
  storage.input_format = input.Text("InputFormat");
  storage.output_format = input.Text("OutputFormat");
  storage.compressed = input.Bool("Compressed");
  storage.buckets = static_cast<int32_t>(input.Int("NumberOfBuckets", kMinInt, kMaxInt, 0));
  if (const auto serde = input.Object("SerdeInfo")) {
    storage.serde = {serde->Text("Name"), serde->Text("SerializationLibrary"),
                     uris.Take(serde->Map("Parameters"))};
  }
  storage.bucket_columns = input.Strings("BucketColumns", kMaxColumns);
  for (const Members& item : input.Objects("SortColumns", kMaxColumns)) {
    storage.sort_columns.push_back({item.Required("Column"), item.Int("SortOrder", 0, 1, 1) == 1});
  }
  storage.parameters = input.Map("Parameters");
  storage.stored_as_sub_directories = input.Bool("StoredAsSubDirectories");
  storage.extra = input.Extra({"SkewedInfo", "SchemaReference", "AdditionalLocations"},
                              {"BucketColumns", "Parameters", "SerdeInfo"});
  return storage;
}

json::object ShowStorage(const StorageDescriptor& storage, const LakeUris& uris) {
  json::object object = ParseExtra(storage.extra);
  object["Columns"] = ShowColumns(storage.columns);
  Put(object, "Location", uris.Show(storage.location));
  Put(object, "InputFormat", storage.input_format);
  Put(object, "OutputFormat", storage.output_format);
  object["Compressed"] = storage.compressed;
  object["NumberOfBuckets"] = storage.buckets;
  json::object serde;
  Put(serde, "Name", storage.serde.name);
  Put(serde, "SerializationLibrary", storage.serde.library);
  Put(serde, "Parameters", uris.Show(storage.serde.parameters));
  if (!serde.empty()) object["SerdeInfo"] = std::move(serde);
  if (!storage.bucket_columns.empty()) {
    object["BucketColumns"] = json::value_from(storage.bucket_columns);
  }
  json::array sorted;
  for (const catalog::SortColumn& column : storage.sort_columns) {
    sorted.push_back(
        json::object{{"Column", column.column}, {"SortOrder", column.ascending ? 1 : 0}});
  }
  object["SortColumns"] = std::move(sorted);
  Put(object, "Parameters", storage.parameters);
  object["StoredAsSubDirectories"] = storage.stored_as_sub_directories;
  return object;
}

// What Glue gives to every table of a database that says nothing else.
json::array DefaultPermissions() {
  return {json::object{
      {"Principal", {{"DataLakePrincipalIdentifier", "IAM_ALLOWED_PRINCIPALS"}}},
      {"Permissions", json::array{"ALL"}},
  }};
}

}  // namespace

double Seconds(Nanos time) {
  const Nanos millis = time / kNanosPerMilli;
  return static_cast<double>(millis) / 1000;
}

json::object ParseExtra(const std::string& extra) {
  if (extra.empty()) return {};
  boost::system::error_code error;
  json::value value = ParseJson(extra, error);
  return error || !value.is_object() ? json::object() : std::move(value.get_object());
}

catalog::Database ReadDatabase(const Members& input, const LakeUris& uris) {
  catalog::Database database;
  database.name = input.Name("Name");
  database.description = input.Text("Description", kDescription);
  database.location_uri = uris.Take(input.Text("LocationUri", {0, 1024, true}));
  database.parameters = input.Map("Parameters");
  database.extra = input.Extra(
      {"CreateTableDefaultPermissions", "TargetDatabase", "FederatedDatabase"}, {"Parameters"});
  return database;
}

json::object Show(const catalog::Database& database, const LakeUris& uris) {
  json::object object{{"CreateTableDefaultPermissions", DefaultPermissions()}};
  for (auto& [key, value] : ParseExtra(database.extra)) object[key] = std::move(value);
  object["Name"] = database.name;
  Put(object, "Description", database.description);
  Put(object, "LocationUri", uris.Show(database.location_uri));
  Put(object, "Parameters", database.parameters);
  object["CreateTime"] = Seconds(database.create_time);
  object["CatalogId"] = kAccount;
  return object;
}

catalog::Table ReadTable(const Members& input, const LakeUris& uris) {
  catalog::Table table;
  table.name = input.Name("Name");
  table.description = input.Text("Description", kDescription);
  table.owner = input.Text("Owner");
  table.table_type = input.Text("TableType");
  table.retention = static_cast<int32_t>(input.Int("Retention", 0, kMaxInt, 0));
  if (const auto storage = input.Object("StorageDescriptor")) {
    table.storage = ReadStorage(*storage, uris);
  }
  table.partition_keys = ReadColumns(input, "PartitionKeys");
  table.view_original_text = input.Text("ViewOriginalText", kLongText);
  table.view_expanded_text = input.Text("ViewExpandedText", kLongText);
  table.parameters = uris.Take(input.Map("Parameters"));
  table.extra = input.Extra(
      {"LastAccessTime", "LastAnalyzedTime", "TargetTable", "FederatedTable", "ViewDefinition"},
      {"Parameters"});
  return table;
}

json::object Show(const catalog::Table& table, const LakeUris& uris) {
  json::object object{{"CreatedBy", fmt::format("arn:aws:iam::{}:root", kAccount)}};
  for (auto& [key, value] : ParseExtra(table.extra)) object[key] = std::move(value);
  object["Name"] = table.name;
  object["DatabaseName"] = table.database;
  Put(object, "Description", table.description);
  Put(object, "Owner", table.owner);
  object["CreateTime"] = Seconds(table.create_time);
  object["UpdateTime"] = Seconds(table.update_time);
  object["Retention"] = table.retention;
  if (table.storage != StorageDescriptor()) {
    object["StorageDescriptor"] = ShowStorage(table.storage, uris);
  }
  object["PartitionKeys"] = ShowColumns(table.partition_keys);
  Put(object, "ViewOriginalText", table.view_original_text);
  Put(object, "ViewExpandedText", table.view_expanded_text);
  Put(object, "TableType", table.table_type);
  Put(object, "Parameters", uris.Show(table.parameters));
  object["IsRegisteredWithLakeFormation"] = false;
  object["CatalogId"] = kAccount;
  object["VersionId"] = std::to_string(table.version);
  return object;
}

catalog::Partition ReadPartition(const Members& input, const LakeUris& uris) {
  catalog::Partition partition;
  partition.values = input.Strings("Values", kMaxColumns, {0, 1024});
  if (const auto storage = input.Object("StorageDescriptor")) {
    partition.storage = ReadStorage(*storage, uris);
  }
  partition.parameters = input.Map("Parameters");
  partition.extra = input.Extra({"LastAccessTime", "LastAnalyzedTime"}, {"Parameters"});
  return partition;
}

json::object Show(const catalog::Table& table, const catalog::Partition& partition,
                  const LakeUris& uris, bool with_columns) {
  json::object object = ParseExtra(partition.extra);
  object["Values"] = json::value_from(partition.values);
  object["DatabaseName"] = table.database;
  object["TableName"] = table.name;
  object["CreationTime"] = Seconds(partition.create_time);
  if (partition.storage != StorageDescriptor()) {
    json::object storage = ShowStorage(partition.storage, uris);
    if (!with_columns) storage.erase("Columns");
    object["StorageDescriptor"] = std::move(storage);
  }
  Put(object, "Parameters", partition.parameters);
  object["CatalogId"] = kAccount;
  return object;
}

}  // namespace ticklake::aws::glue
