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

std::string TextOf(const json::value& value) { return json::value_to<std::string>(value); }

}  // namespace

std::string ToJson(const std::map<std::string, std::string>& parameters) {
  return json::serialize(json::value_from(parameters));
}

std::string ToJson(const std::vector<Column>& columns) {
  json::array array;
  for (const Column& column : columns) {
    array.push_back(
        json::object{{"name", column.name}, {"type", column.type}, {"comment", column.comment}});
  }
  return json::serialize(array);
}

Result<std::map<std::string, std::string>> ParametersFromJson(std::string_view text) {
  using Map = std::map<std::string, std::string>;
  return Parse<Map>(text, [](const json::value& v) { return json::value_to<Map>(v); });
}

Result<std::vector<Column>> ColumnsFromJson(std::string_view text) {
  return Parse<std::vector<Column>>(text, [](const json::value& v) {
    std::vector<Column> columns;
    for (const json::value& column : v.as_array()) {
      columns.push_back(
          {TextOf(column.at("name")), TextOf(column.at("type")), TextOf(column.at("comment"))});
    }
    return columns;
  });
}

}  // namespace ticklake::catalog
