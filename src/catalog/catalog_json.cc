#include "catalog/catalog_json.h"

#include <boost/json.hpp>

#include "base/json.h"

namespace ticklake::catalog {
namespace {

namespace json = boost::json;

template <class T, class Read>
Result<T> Parse(std::string_view text, Read read) {
  try {
    return read(ParseJson(text));
  } catch (const std::exception& e) {
    return Fail(Code::kCorrupt, "catalog entry: {}; the file was changed by something else",
                e.what());
  }
}

// Writes a member unless it has its default.
void Put(json::object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}
void Put(json::object& object, std::string_view key, int32_t number) {
  if (number != 0) object[key] = number;
}
void Put(json::object& object, std::string_view key, bool flag) {
  if (flag) object[key] = true;
}
void Put(json::object& object, std::string_view key, const Parameters& parameters) {
  if (!parameters.empty()) object[key] = json::value_from(parameters);
}
// A JSON object in a text; one that is none is kept as the text it is.
void PutExtra(json::object& object, const std::string& extra) {
  if (extra.empty()) return;
  boost::system::error_code error;
  json::value value = ParseJson(extra, error);
  object["extra"] = error ? json::value(extra) : std::move(value);
}
template <class T>
void Put(json::object& object, std::string_view key, const std::vector<T>& items) {
  if (!items.empty()) object[key] = json::value_from(items);
}

// Reads a member; an absent one leaves `out` as it is.
template <class T>
void Take(const json::value& value, std::string_view key, T& out) {
  if (const json::value* member = value.as_object().if_contains(key)) {
    out = json::value_to<T>(*member);
  }
}

void TakeExtra(const json::value& value, std::string& extra) {
  const json::value* member = value.as_object().if_contains("extra");
  if (member == nullptr) return;
  extra = member->is_string() ? std::string(member->as_string()) : json::serialize(*member);
}

json::array ColumnsToArray(const std::vector<Column>& columns) {
  json::array array;
  for (const Column& column : columns) {
    json::object object = {{"name", column.name}, {"type", column.type}};
    Put(object, "comment", column.comment);
    Put(object, "parameters", column.parameters);
    array.push_back(std::move(object));
  }
  return array;
}

std::vector<Column> ColumnsFromArray(const json::value& value) {
  std::vector<Column> columns;
  for (const json::value& item : value.as_array()) {
    Column& column = columns.emplace_back();
    Take(item, "name", column.name);
    Take(item, "type", column.type);
    Take(item, "comment", column.comment);
    Take(item, "parameters", column.parameters);
  }
  return columns;
}

json::array SortColumnsToArray(const std::vector<SortColumn>& columns) {
  json::array array;
  for (const SortColumn& column : columns) {
    array.push_back(json::object{{"column", column.column}, {"ascending", column.ascending}});
  }
  return array;
}

StorageDescriptor StorageFromValue(const json::value& value) {
  StorageDescriptor storage;
  if (const json::value* columns = value.as_object().if_contains("columns")) {
    storage.columns = ColumnsFromArray(*columns);
  }
  Take(value, "location", storage.location);
  Take(value, "input_format", storage.input_format);
  Take(value, "output_format", storage.output_format);
  Take(value, "compressed", storage.compressed);
  Take(value, "buckets", storage.buckets);
  if (const json::value* serde = value.as_object().if_contains("serde")) {
    Take(*serde, "name", storage.serde.name);
    Take(*serde, "library", storage.serde.library);
    Take(*serde, "parameters", storage.serde.parameters);
  }
  Take(value, "bucket_columns", storage.bucket_columns);
  if (const json::value* sorted = value.as_object().if_contains("sort_columns")) {
    for (const json::value& item : sorted->as_array()) {
      SortColumn& column = storage.sort_columns.emplace_back();
      Take(item, "column", column.column);
      Take(item, "ascending", column.ascending);
    }
  }
  Take(value, "parameters", storage.parameters);
  Take(value, "stored_as_sub_directories", storage.stored_as_sub_directories);
  TakeExtra(value, storage.extra);
  return storage;
}

json::object StorageToObject(const StorageDescriptor& storage) {
  json::object object;
  if (!storage.columns.empty()) object["columns"] = ColumnsToArray(storage.columns);
  Put(object, "location", storage.location);
  Put(object, "input_format", storage.input_format);
  Put(object, "output_format", storage.output_format);
  Put(object, "compressed", storage.compressed);
  Put(object, "buckets", storage.buckets);
  json::object serde;
  Put(serde, "name", storage.serde.name);
  Put(serde, "library", storage.serde.library);
  Put(serde, "parameters", storage.serde.parameters);
  if (!serde.empty()) object["serde"] = std::move(serde);
  Put(object, "bucket_columns", storage.bucket_columns);
  if (!storage.sort_columns.empty()) {
    object["sort_columns"] = SortColumnsToArray(storage.sort_columns);
  }
  Put(object, "parameters", storage.parameters);
  Put(object, "stored_as_sub_directories", storage.stored_as_sub_directories);
  PutExtra(object, storage.extra);
  return object;
}

json::object DetailsToObject(const Table& table) {
  json::object object;
  Put(object, "description", table.description);
  Put(object, "owner", table.owner);
  Put(object, "retention", table.retention);
  Put(object, "view_original_text", table.view_original_text);
  Put(object, "view_expanded_text", table.view_expanded_text);
  PutExtra(object, table.extra);
  return object;
}

void TakeDetails(const json::value& value, Table& table) {
  Take(value, "description", table.description);
  Take(value, "owner", table.owner);
  Take(value, "retention", table.retention);
  Take(value, "view_original_text", table.view_original_text);
  Take(value, "view_expanded_text", table.view_expanded_text);
  TakeExtra(value, table.extra);
}

}  // namespace

std::string ToJson(const Parameters& parameters) {
  return json::serialize(json::value_from(parameters));
}

std::string ToJson(const std::vector<Column>& columns) {
  return json::serialize(ColumnsToArray(columns));
}

std::string ToJson(const StorageDescriptor& storage) {
  return json::serialize(StorageToObject(storage));
}

std::string ToJson(const PartitionValues& values) {
  return json::serialize(json::value_from(values));
}

std::string DetailsToJson(const Table& table) { return json::serialize(DetailsToObject(table)); }

std::string ExtraToDetails(const std::string& extra) {
  json::object object;
  PutExtra(object, extra);
  return json::serialize(object);
}

std::string ToJson(const Table& table) {
  return json::serialize(json::object{{"database", table.database},
                                      {"name", table.name},
                                      {"table_type", table.table_type},
                                      {"storage", StorageToObject(table.storage)},
                                      {"partition_keys", ColumnsToArray(table.partition_keys)},
                                      {"parameters", json::value_from(table.parameters)},
                                      {"details", DetailsToObject(table)},
                                      {"create_time", table.create_time},
                                      {"update_time", table.update_time},
                                      {"version", table.version}});
}

Result<Parameters> ParametersFromJson(std::string_view text) {
  return Parse<Parameters>(text,
                           [](const json::value& v) { return json::value_to<Parameters>(v); });
}

Result<std::vector<Column>> ColumnsFromJson(std::string_view text) {
  return Parse<std::vector<Column>>(text, ColumnsFromArray);
}

Result<StorageDescriptor> StorageFromJson(std::string_view text) {
  return Parse<StorageDescriptor>(text, StorageFromValue);
}

Result<PartitionValues> ValuesFromJson(std::string_view text) {
  return Parse<PartitionValues>(
      text, [](const json::value& v) { return json::value_to<PartitionValues>(v); });
}

Result<void> ReadDetails(std::string_view text, Table& table) {
  const auto read = Parse<bool>(text, [&table](const json::value& v) {
    TakeDetails(v, table);
    return true;
  });
  if (!read) return Fail(read.error());
  return {};
}

Result<std::string> ExtraFromDetails(std::string_view text) {
  return Parse<std::string>(text, [](const json::value& v) {
    std::string extra;
    TakeExtra(v, extra);
    return extra;
  });
}

Result<Table> TableFromJson(std::string_view text) {
  return Parse<Table>(text, [](const json::value& v) {
    Table table;
    Take(v, "database", table.database);
    Take(v, "name", table.name);
    Take(v, "table_type", table.table_type);
    table.storage = StorageFromValue(v.at("storage"));
    table.partition_keys = ColumnsFromArray(v.at("partition_keys"));
    Take(v, "parameters", table.parameters);
    TakeDetails(v.at("details"), table);
    Take(v, "create_time", table.create_time);
    Take(v, "update_time", table.update_time);
    Take(v, "version", table.version);
    return table;
  });
}

}  // namespace ticklake::catalog
