#include "catalog/catalog_json.h"

#include <boost/json.hpp>

namespace ticklake::catalog {
namespace {

namespace json = boost::json;

template <class T, class Read>
Result<T> Parse(std::string_view text, Read read) {
  try {
    return read(json::parse(text));
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
  return storage;
}

}  // namespace

std::string ToJson(const Parameters& parameters) {
  return json::serialize(json::value_from(parameters));
}

std::string ToJson(const std::vector<Column>& columns) {
  return json::serialize(ColumnsToArray(columns));
}

std::string ToJson(const StorageDescriptor& storage) {
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
  return json::serialize(object);
}

std::string ToJson(const PartitionValues& values) {
  return json::serialize(json::value_from(values));
}

std::string DetailsToJson(const Table& table) {
  json::object object;
  Put(object, "description", table.description);
  Put(object, "owner", table.owner);
  Put(object, "retention", table.retention);
  Put(object, "view_original_text", table.view_original_text);
  Put(object, "view_expanded_text", table.view_expanded_text);
  return json::serialize(object);
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
    Take(v, "description", table.description);
    Take(v, "owner", table.owner);
    Take(v, "retention", table.retention);
    Take(v, "view_original_text", table.view_original_text);
    Take(v, "view_expanded_text", table.view_expanded_text);
    return true;
  });
  if (!read) return Fail(read.error());
  return {};
}

}  // namespace ticklake::catalog
