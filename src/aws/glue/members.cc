#include "aws/glue/members.h"

#include <boost/json.hpp>

#include <algorithm>
#include <cctype>

#include "base/ascii.h"
#include "base/bytes.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;

constexpr size_t kMaxShown = 200;         // bytes of a value in a message
constexpr size_t kMaxMapValue = 512'000;  // characters
constexpr size_t kMaxMapEntries = 100'000;

size_t Characters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

bool IsClean(std::string_view text, bool lines) {
  return std::ranges::all_of(text, [lines](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte >= 0x20 || c == '\t' || (lines && (c == '\r' || c == '\n'));
  });
}

bool IsEmpty(const json::value& value) {
  return (value.is_object() && value.get_object().empty()) ||
         (value.is_array() && value.get_array().empty());
}

}  // namespace

Members::Members(const json::object& object)
    : object_(&object), problem_(std::make_shared<Problem>()) {}

const json::value* Members::Find(std::string_view key) const {
  const json::value* value = object_->if_contains(key);
  return value != nullptr && value->is_null() ? nullptr : value;
}

std::string Members::PathOf(std::string_view key) const {
  std::string name(key);
  if (!name.empty()) {
    name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
  }
  return path_ + name;
}

void Members::Refuse(std::string message) const {
  if (problem_->first) return;
  problem_->first = AwsError{400, "InvalidInputException", std::move(message), {}};
}

void Members::RefuseValue(std::string_view key, std::string_view value,
                          std::string_view must) const {
  Refuse(fmt::format(
      "1 validation error detected: Value '{}' at '{}' failed to satisfy "
      "constraint: Member must {}",
      value.size() > kMaxShown ? std::string(value.substr(0, kMaxShown)) + "…" : std::string(value),
      PathOf(key), must));
}

void Members::WrongType(std::string_view key, std::string_view wanted) const {
  if (problem_->first) return;
  problem_->first = AwsError{
      400,
      "SerializationException",
      fmt::format("'{}' is no {}; see the operation in Glue's API reference", PathOf(key), wanted),
      {}};
}

AwsResult<> Members::Check() const {
  if (problem_->first) return std::unexpected(*problem_->first);
  return {};
}

std::string Members::CheckedText(std::string_view key, const json::value& value,
                                 TextLimits limits) const {
  if (!value.is_string()) {
    WrongType(key, "string");
    return "";
  }
  std::string text(value.get_string());
  const size_t length = Characters(text);
  if (length < limits.min) {
    RefuseValue(key, text, fmt::format("have length greater than or equal to {}", limits.min));
  } else if (length > limits.max) {
    RefuseValue(key, text, fmt::format("have length less than or equal to {}", limits.max));
  } else if (!limits.any && !IsClean(text, limits.lines)) {
    RefuseValue(key, Hex(text.substr(0, kMaxShown / 2)),
                "satisfy regular expression pattern: no control characters");
  } else {
    return text;
  }
  return "";
}

std::string Members::Text(std::string_view key, TextLimits limits) const {
  const json::value* value = Find(key);
  return value == nullptr ? "" : CheckedText(key, *value, limits);
}

void Members::RequireMember(std::string_view key) const {
  if (Has(key)) return;
  Refuse(
      fmt::format("1 validation error detected: Value null at '{}' failed to satisfy "
                  "constraint: Member must not be null",
                  PathOf(key)));
}

std::string Members::Required(std::string_view key, TextLimits limits) const {
  RequireMember(key);
  return Text(key, limits);
}

std::string Members::Name(std::string_view key) const { return AsciiLower(Required(key, kName)); }

int64_t Members::Int(std::string_view key, int64_t min, int64_t max, int64_t otherwise) const {
  const json::value* value = Find(key);
  if (value == nullptr) return otherwise;
  boost::system::error_code error;
  const auto number = value->to_number<int64_t>(error);
  if (error) {
    WrongType(key, "whole number");
    return otherwise;
  }
  if (number >= min && number <= max) return number;
  RefuseValue(key, std::to_string(number),
              number < min ? fmt::format("have value greater than or equal to {}", min)
                           : fmt::format("have value less than or equal to {}", max));
  return otherwise;
}

bool Members::Bool(std::string_view key, bool otherwise) const {
  const json::value* value = Find(key);
  if (value == nullptr) return otherwise;
  if (value->is_bool()) return value->get_bool();
  WrongType(key, "boolean");
  return otherwise;
}

catalog::Parameters Members::Map(std::string_view key) const {
  catalog::Parameters map;
  const json::value* value = Find(key);
  if (value == nullptr) return map;
  if (!value->is_object() || value->get_object().size() > kMaxMapEntries) {
    WrongType(key, "map of strings");
    return map;
  }
  for (const auto& [name, text] : value->get_object()) {
    if (text.is_null()) continue;
    if (name.empty() || Characters(name) > kName.max) {
      RefuseValue(key, name, "have keys of length 1 to 255");
    }
    map[name] = CheckedText(key, text, {.max = kMaxMapValue, .any = true});
  }
  return map;
}

const json::array* Members::Array(std::string_view key, size_t max_items) const {
  const json::value* value = Find(key);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) {
    WrongType(key, "list");
    return nullptr;
  }
  if (value->get_array().size() <= max_items) return &value->get_array();
  RefuseValue(key, fmt::format("{} items", value->get_array().size()),
              fmt::format("have length less than or equal to {}", max_items));
  return nullptr;
}

std::vector<std::string> Members::Strings(std::string_view key, size_t max_items,
                                          TextLimits limits) const {
  std::vector<std::string> strings;
  const json::array* array = Array(key, max_items);
  if (array == nullptr) return strings;
  for (const json::value& item : *array) strings.push_back(CheckedText(key, item, limits));
  return strings;
}

std::optional<Members> Members::Object(std::string_view key) const {
  const json::value* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_object()) return Members(value->get_object(), PathOf(key) + ".", problem_);
  WrongType(key, "structure");
  return std::nullopt;
}

Members Members::RequiredObject(std::string_view key) const {
  static const json::object kEmpty;
  if (auto object = Object(key)) return *object;
  RequireMember(key);
  return {kEmpty, PathOf(key) + ".", problem_};
}

std::vector<Members> Members::Objects(std::string_view key, size_t max_items) const {
  std::vector<Members> objects;
  const json::array* array = Array(key, max_items);
  if (array == nullptr) return objects;
  for (const json::value& item : *array) {
    if (!item.is_object()) {
      WrongType(key, "list of structures");
      return {};
    }
    objects.push_back(Members(item.get_object(),
                              fmt::format("{}.{}.member.", PathOf(key), objects.size() + 1),
                              problem_));
  }
  return objects;
}

std::string Members::Extra(std::initializer_list<std::string_view> keys,
                           std::initializer_list<std::string_view> if_empty) const {
  json::object extra;
  for (const std::string_view key : keys) {
    if (const json::value* value = Find(key)) extra[key] = *value;
  }
  for (const std::string_view key : if_empty) {
    const json::value* value = Find(key);
    if (value != nullptr && IsEmpty(*value)) extra[key] = *value;
  }
  return extra.empty() ? "" : json::serialize(extra);
}

}  // namespace ticklake::aws::glue
