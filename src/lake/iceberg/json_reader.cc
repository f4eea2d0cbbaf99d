#include "lake/iceberg/json_reader.h"

#include <limits>

#include "base/json.h"

namespace ticklake::lake::iceberg {
namespace json = boost::json;
namespace {

constexpr size_t kMaxDepth = 200;

const json::object& EmptyObject() {
  static const json::object empty;
  return empty;
}

const json::array& EmptyArray() {
  static const json::array empty;
  return empty;
}

}  // namespace

Result<json::value> JsonReader::ParseValue(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code error;
  json::value value = ParseJson(text, error, options);
  if (error) return Fail(Code::kCorrupt, "not valid JSON: {}", error.message());
  return value;
}

Result<json::object> JsonReader::ParseObject(std::string_view text) {
  TL_ASSIGN(json::value value, ParseValue(text));
  if (!value.is_object()) return Fail(Code::kCorrupt, "not a JSON object");
  return std::move(value.get_object());
}

Result<void> JsonReader::Check() const {
  if (mistake_.empty()) return {};
  return Fail(Code::kCorrupt, "{}", mistake_);
}

void JsonReader::Complain(std::string_view field, std::string_view wrong) {
  if (mistake_.empty()) mistake_ = fmt::format("field '{}': {}", field, wrong);
}

const json::value* JsonReader::Find(const json::object& object, std::string_view field) {
  const json::value* value = object.if_contains(json::string_view(field.data(), field.size()));
  if (!value) Complain(field, "is missing");
  return value;
}

int64_t JsonReader::Long(const json::object& object, std::string_view field) {
  const json::value* value = Find(object, field);
  if (!value) return 0;
  if (value->is_int64()) return value->get_int64();
  Complain(field, "is not an integer");
  return 0;
}

int32_t JsonReader::Int(const json::object& object, std::string_view field) {
  const int64_t value = Long(object, field);
  if (value >= std::numeric_limits<int32_t>::min() &&
      value <= std::numeric_limits<int32_t>::max()) {
    return static_cast<int32_t>(value);
  }
  Complain(field, "is out of range");
  return 0;
}

bool JsonReader::Bool(const json::object& object, std::string_view field) {
  const json::value* value = Find(object, field);
  if (value && value->is_bool()) return value->get_bool();
  Complain(field, "is not true or false");
  return false;
}

std::string JsonReader::String(const json::object& object, std::string_view field) {
  const json::value* value = Find(object, field);
  if (value && value->is_string()) return std::string(value->get_string());
  Complain(field, "is not a string");
  return "";
}

const json::array& JsonReader::Array(const json::object& object, std::string_view field) {
  const json::value* value = Find(object, field);
  if (value && value->is_array()) return value->get_array();
  Complain(field, "is not an array");
  return EmptyArray();
}

const json::object& JsonReader::Object(const json::object& object, std::string_view field) {
  const json::value* value = Find(object, field);
  if (value) return AsObject(*value, field);
  return EmptyObject();
}

bool JsonReader::Has(const json::object& object, std::string_view field) const {
  const json::value* value = object.if_contains(json::string_view(field.data(), field.size()));
  return value && !value->is_null();
}

std::optional<int64_t> JsonReader::OptionalLong(const json::object& object,
                                                std::string_view field) {
  if (!Has(object, field)) return std::nullopt;
  return Long(object, field);
}

std::optional<int32_t> JsonReader::OptionalInt(const json::object& object, std::string_view field) {
  if (!Has(object, field)) return std::nullopt;
  return Int(object, field);
}

const json::object& JsonReader::AsObject(const json::value& value, std::string_view what) {
  if (value.is_object()) return value.get_object();
  Complain(what, "is not an object");
  return EmptyObject();
}

std::map<std::string, std::string> JsonReader::Strings(const json::object& object) {
  std::map<std::string, std::string> strings;
  for (const auto& [key, value] : object) {
    strings.emplace(std::string(key), value.is_string() ? std::string(value.get_string())
                                                        : std::string(json::serialize(value)));
  }
  return strings;
}

}  // namespace ticklake::lake::iceberg
