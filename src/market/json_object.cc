#include "market/json_object.h"

#include <boost/json/basic_parser_impl.hpp>
#include <ranges>
#include <string>
#include <vector>

namespace ticklake::market {
namespace {

namespace json = boost::json;
using Code = boost::json::error_code;

// Where a field's key and value stand in the handler's text.
struct Slot {
  size_t key = 0;
  size_t value = 0;  // behind the key
  size_t end = 0;
  JsonObject::Kind kind = JsonObject::Kind::kNull;
};

// Boost.JSON calls this for every token; names and signatures are its own.
class Fields {
 public:
  // NOLINTBEGIN(readability-identifier-naming)
  static constexpr size_t max_object_size = SIZE_MAX;
  static constexpr size_t max_array_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX;
  static constexpr size_t max_string_size = SIZE_MAX;
  // NOLINTEND(readability-identifier-naming)

  void Clear() {
    text_.clear();
    slots_.clear();
    depth_ = 0;
    in_key_ = is_object_ = false;
  }
  bool is_object() const { return is_object_; }
  const std::vector<Slot>& slots() const { return slots_; }
  std::string_view Text(size_t from, size_t to) const {
    return std::string_view(text_).substr(from, to - from);
  }

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) {
    if (depth_ == 0) is_object_ = true;
    return Open();
  }
  bool on_object_end(size_t, Code&) { return Close(); }
  bool on_array_begin(Code&) { return Open(); }
  bool on_array_end(size_t, Code&) { return Close(); }

  bool on_key_part(json::string_view part, size_t, Code&) {
    if (!IsOwn()) return true;
    if (!in_key_) slots_.push_back({.key = text_.size()});
    in_key_ = true;
    text_ += part;
    return true;
  }
  bool on_key(json::string_view part, size_t size, Code& code) {
    on_key_part(part, size, code);
    in_key_ = false;
    if (IsOwn()) slots_.back().value = slots_.back().end = text_.size();
    return true;
  }
  bool on_string_part(json::string_view part, size_t, Code&) { return Add(part); }
  bool on_string(json::string_view part, size_t, Code&) {
    return Add(part) && Is(JsonObject::Kind::kString);
  }
  bool on_number_part(json::string_view part, Code&) { return Add(part); }
  bool on_int64(int64_t, json::string_view part, Code&) { return Number(part); }
  bool on_uint64(uint64_t, json::string_view part, Code&) { return Number(part); }
  bool on_double(double, json::string_view part, Code&) { return Number(part); }
  bool on_bool(bool, Code&) { return Is(JsonObject::Kind::kBoolean); }
  bool on_null(Code&) { return Is(JsonObject::Kind::kNull); }
  bool on_comment_part(json::string_view, Code&) { return true; }
  bool on_comment(json::string_view, Code&) { return true; }

 private:
  // Whether what comes belongs to the outermost object itself.
  bool IsOwn() const { return depth_ == 1 && is_object_; }
  bool Add(json::string_view part) {
    if (IsOwn()) text_ += part;
    return true;
  }
  bool Number(json::string_view part) { return Add(part) && Is(JsonObject::Kind::kNumber); }
  // Ends the value of the newest field.
  bool Is(JsonObject::Kind kind) {
    if (IsOwn()) {
      slots_.back().kind = kind;
      slots_.back().end = text_.size();
    }
    return true;
  }
  bool Open() {
    Is(JsonObject::Kind::kNested);
    ++depth_;
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }

  std::string text_;
  std::vector<Slot> slots_;
  int depth_ = 0;
  bool in_key_ = false;
  bool is_object_ = false;
};

json::parse_options Options() {
  json::parse_options options;
  options.max_depth = JsonObject::kMaxDepth;
  return options;
}

}  // namespace

struct JsonObject::Impl {
  json::basic_parser<Fields> parser{Options()};
};

JsonObject::JsonObject() : impl_(std::make_unique<Impl>()) {}
JsonObject::~JsonObject() = default;
JsonObject::JsonObject(JsonObject&&) noexcept = default;
JsonObject& JsonObject::operator=(JsonObject&&) noexcept = default;

Result<void> JsonObject::Parse(std::string_view text) {
  auto& parser = impl_->parser;
  parser.reset();
  parser.handler().Clear();
  Code code;
  const size_t read = parser.write_some(false, text.data(), text.size(), code);
  if (!code && read < text.size()) code = json::error::extra_data;
  if (code) {
    return Fail(ticklake::Code::kInvalid, "not JSON: {} at byte {}", code.message(), read);
  }
  if (!parser.handler().is_object()) {
    return Fail(ticklake::Code::kInvalid, "JSON, but not an object");
  }
  return {};
}

std::optional<JsonObject::Field> JsonObject::Find(std::string_view key) const {
  const Fields& fields = impl_->parser.handler();
  for (const Slot& slot : fields.slots() | std::views::reverse) {
    if (fields.Text(slot.key, slot.value) == key) {
      return Field{slot.kind, fields.Text(slot.value, slot.end)};
    }
  }
  return std::nullopt;
}

}  // namespace ticklake::market
