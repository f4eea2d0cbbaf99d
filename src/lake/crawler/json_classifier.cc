#include "lake/crawler/json_classifier.h"

#include <algorithm>
#include <boost/json.hpp>
#include <unordered_map>

#include "base/utf8.h"
#include "lake/rows/evolve.h"
#include "lake/rows/json_scan.h"

namespace ticklake::lake::crawler {
namespace {

namespace json = boost::json;
using hive::Kind;
using hive::Type;

Type OfKind(Kind kind) { return {.kind = kind}; }

// The type that a value asks for; nothing where it has no content.
std::optional<Type> TypeOfShape(const Shape& shape, int depth) {
  switch (shape.kind) {
    case ShapeKind::kNone: return std::nullopt;
    case ShapeKind::kBoolean: return OfKind(Kind::kBoolean);
    case ShapeKind::kLong: return OfKind(Kind::kBigint);
    case ShapeKind::kDouble: return OfKind(Kind::kDouble);
    case ShapeKind::kOddNumber:
    case ShapeKind::kString: return OfKind(Kind::kString);
    case ShapeKind::kList: {
      if (depth >= kMaxColumnDepth) return OfKind(Kind::kString);
      if (shape.element.empty()) return std::nullopt;
      auto item = TypeOfShape(shape.element.front(), depth + 1);
      if (!item) return std::nullopt;
      return hive::ArrayOf(std::move(*item));
    }
    case ShapeKind::kObject: break;
  }
  if (depth >= kMaxColumnDepth) return OfKind(Kind::kString);
  Type type{.kind = Kind::kStruct};
  for (const ShapeMember& member : shape.fields) {
    const auto same = [&](const hive::TypeField& field) {
      return ColumnName(field.name) == ColumnName(member.key);
    };
    auto inner = TypeOfShape(member.shape, depth + 1);
    if (!inner || !IsUsableName(member.key) || std::ranges::any_of(type.fields, same)) continue;
    type.fields.push_back({member.key, std::move(*inner)});
  }
  if (type.fields.empty()) return std::nullopt;
  return type;
}

// One line, parsed when the first example is wanted.
class Examples {
 public:
  explicit Examples(std::string_view line) : line_(line) {}

  // The value of a key, cut for people.
  std::string Of(std::string_view key) {
    constexpr size_t kMost = 40;
    if (!parsed_) Parse();
    const json::value* member =
        parsed_->is_object() ? parsed_->as_object().if_contains(key) : nullptr;
    if (member == nullptr) return "";
    std::string text =
        member->is_string() ? std::string(member->as_string()) : json::serialize(*member);
    for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    if (text.size() <= kMost) return text;
    text.resize(kMost);
    text.resize(ValidUtf8Prefix(text));
    return text + "…";
  }

 private:
  void Parse() {
    boost::system::error_code failed;
    json::parse_options options;
    options.max_depth = kMaxJsonDepth + 1;
    parsed_ = json::parse(line_, failed, {}, options);
    if (failed) parsed_ = json::value();
  }

  const std::string_view line_;
  std::optional<json::value> parsed_;
};

class Columns {
 public:
  // False: more columns than a table may have.
  bool Add(const Shape& record, std::string_view line, size_t number) {
    Examples examples(line);
    for (const ShapeMember& member : record.fields) {
      const auto type = TypeOfShape(member.shape, 1);
      if (!type) continue;
      const std::string name = ColumnName(member.key);
      if (!IsUsableName(name) || !IsUsableName(member.key)) continue;
      const auto [at, made] = index_.emplace(name, schema_.size());
      if (made) {
        if (schema_.size() == kMaxColumns) return false;
        schema_.push_back({name, member.key, type, examples.Of(member.key), ""});
        lines_.push_back(number);
      } else if (schema_[at->second].key == member.key) {
        Merge(schema_[at->second], *type, {examples, number, lines_[at->second]});
      } else {
        schema_[at->second].why =
            fmt::format("the key '{}' differs only in case and is not read", member.key);
      }
    }
    return true;
  }

  Schema Take() { return std::move(schema_); }

 private:
  struct Place {
    Examples& examples;
    size_t number;
    size_t first;
  };

  static void Merge(ColumnFacts& column, const Type& type, const Place& place) {
    if (*column.type == type) return;
    MergedType merged = MergeTypes(*column.type, type);
    if (merged.type == *column.type && !merged.conflict) return;
    if (merged.conflict && column.type->kind == Kind::kString) return;
    const std::string example = place.examples.Of(column.key);
    if (merged.type.kind != Kind::kStruct && merged.type.kind != Kind::kArray) {
      column.why = fmt::format("line {} has '{}', line {} '{}'", place.first, column.example,
                               place.number, example);
    }
    column.type = std::move(merged.type);
    column.example = example;
  }

  Schema schema_;
  std::vector<size_t> lines_;  // where each column was seen first
  std::unordered_map<std::string, size_t> index_;
};

Rejection Damaged(std::string detail) {
  return {"JSON, but not one object a line", std::move(detail)};
}

}  // namespace

bool LooksLikeJson(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

std::expected<Classified, Rejection> ClassifyJson(std::string_view text, bool whole) {
  Classified found;
  found.reading.format = hive::Format::kJson;
  Columns columns;
  size_t at = 0;
  size_t number = 0;
  while (at < text.size() && found.records < static_cast<int64_t>(kSampleRecords)) {
    ++number;
    const size_t end = std::min(text.find('\n', at), text.size());
    if (end == text.size() && !whole) break;  // cut off in the middle
    const std::string_view line = text.substr(at, end - at);
    at = std::min(end + 1, text.size());
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto shape = ScanRecord(line);
    if (!shape) {
      return std::unexpected(Damaged(fmt::format("line {}: {}", number, shape.error().message)));
    }
    if (!columns.Add(*shape, line, number)) {
      return std::unexpected(Rejection{"more columns than a table may have",
                                       fmt::format("at most {} keys", kMaxColumns)});
    }
    ++found.records;
    found.sampled = at;
  }
  if (found.records == 0) {
    return std::unexpected(
        Damaged(fmt::format("its first record has more than {} bytes", text.size())));
  }
  found.reading.schema = columns.Take();
  if (found.reading.schema.empty()) return std::unexpected(Damaged("no object has a value in it"));
  found.reading.certainty = 1;
  found.reading.why.push_back(
      fmt::format("JSON lines: each of {} lines is an object", found.records));
  found.whole = whole && at >= text.size();
  return found;
}

}  // namespace ticklake::lake::crawler
