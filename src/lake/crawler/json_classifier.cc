#include "lake/crawler/json_classifier.h"

#include <algorithm>
#include <boost/json.hpp>
#include <unordered_map>

#include "base/utf8.h"
#include "lake/crawler/json_path.h"
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

// One record, parsed when the first example is wanted.
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

Rejection Damaged(std::string detail) { return {"JSON that makes no rows", std::move(detail)}; }

std::expected<Classified, Rejection> ClassifyLines(std::string_view text, bool whole) {
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
    Rejection tall = Damaged(fmt::format("its first record has more than {} bytes", text.size()));
    tall.more_would_help = true;
    return std::unexpected(std::move(tall));
  }
  found.reading.schema = columns.Take();
  if (found.reading.schema.empty()) return std::unexpected(Damaged("no object has a value in it"));
  found.reading.certainty = 1;
  found.reading.why.push_back(
      fmt::format("JSON lines: each of {} lines is an object", found.records));
  found.whole = whole && at >= text.size();
  return found;
}

// Values one after another, with white space between them; where a sample was cut off, without the
// last one. `text` begins with the next one, or is at its end.
class Values {
 public:
  Values(std::string_view text, bool whole) : text_(text), whole_(whole) {}

  // Nothing at the end, or where no whole value follows; broken() tells which.
  std::string_view Next() {
    SkipSpace();
    if (at_ >= text_.size()) return {};
    const std::string_view value = ScanValue(text_.substr(at_));
    if (value.empty()) {
      broken_ = whole_;
      return {};
    }
    at_ += value.size();
    return value;
  }
  // Takes a character if it is the next one.
  bool Take(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool AtEnd() {
    SkipSpace();
    return at_ >= text_.size();
  }
  bool broken() const { return broken_; }
  size_t at() const { return at_; }

 private:
  void SkipSpace() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }

  const std::string_view text_;
  const bool whole_;
  size_t at_ = 0;
  bool broken_ = false;
};

std::expected<void, Rejection> AddRecord(Columns& columns, std::string_view value, size_t number) {
  const auto shape = ScanRecord(value);
  if (!shape) {
    return std::unexpected(Damaged(fmt::format("value {}: {}", number, shape.error().message)));
  }
  if (columns.Add(*shape, value, number)) return {};
  return std::unexpected(
      Rejection{"more columns than a table may have", fmt::format("at most {} keys", kMaxColumns)});
}

Rejection NoValue(const Values& values, std::string_view text) {
  if (values.broken()) {
    return Damaged(fmt::format("no JSON value begins at byte {}", values.at()));
  }
  Rejection tall = Damaged(fmt::format("its first value has more than {} bytes", text.size()));
  tall.more_would_help = true;
  return tall;
}

std::expected<Classified, Rejection> Finish(Classified found, Columns& columns) {
  found.reading.format = hive::Format::kJson;
  found.reading.schema = columns.Take();
  if (found.reading.schema.empty()) return std::unexpected(Damaged("no object has a value in it"));
  found.reading.certainty = 1;
  return found;
}

std::expected<Classified, Rejection> ClassifyDocuments(std::string_view text, bool whole) {
  Classified found;
  Columns columns;
  Values values(text, whole);
  while (found.records < static_cast<int64_t>(kSampleRecords)) {
    const std::string_view value = values.Next();
    if (value.empty()) break;
    const auto added = AddRecord(columns, value, static_cast<size_t>(found.records) + 1);
    if (!added) return std::unexpected(added.error());
    ++found.records;
    found.sampled = values.at();
  }
  if (values.broken() || found.records == 0) return std::unexpected(NoValue(values, text));
  found.whole = whole && values.AtEnd();
  found.reading.json = hive::JsonForm::kDocuments;
  found.reading.why.push_back(
      fmt::format("JSON documents: {} objects, over several lines", found.records));
  return Finish(std::move(found), columns);
}

// What AWS's own classifier makes of an array: one column, whose value is all of it.
void MakeOneColumn(Classified& found) {
  Type row{.kind = Kind::kStruct};
  for (const ColumnFacts& column : found.reading.schema) {
    row.fields.push_back({column.key, TypeOf(column)});
  }
  found.reading.schema = {{"array", "array", hive::ArrayOf(std::move(row)), "",
                           "the file is one array; a JSON classifier with the path $[*] makes rows "
                           "of its objects"}};
  found.reading.json = hive::JsonForm::kWhole;
  found.reading.why = {"JSON: one array"};
  found.records = 1;
  found.whole = true;
}

std::expected<Classified, Rejection> ClassifyArray(std::string_view text, bool whole, bool rows) {
  Classified found;
  Columns columns;
  Values values(text, whole);
  if (!values.Take('[')) return std::unexpected(Damaged("it is no array, as $[*] asks for"));
  bool ended = values.Take(']');
  while (!ended && found.records < static_cast<int64_t>(kSampleRecords)) {
    const std::string_view value = values.Next();
    if (value.empty()) break;
    if (value[0] != '{') {
      return std::unexpected(
          Damaged(fmt::format("value {} of its array is no object", found.records + 1)));
    }
    const auto added = AddRecord(columns, value, static_cast<size_t>(found.records) + 1);
    if (!added) return std::unexpected(added.error());
    ++found.records;
    found.sampled = values.at();
    ended = values.Take(']');
    if (!ended && !values.Take(',') && whole) {
      return std::unexpected(Damaged(fmt::format("no , or ] at byte {}", values.at())));
    }
  }
  if (values.broken() || found.records == 0) return std::unexpected(NoValue(values, text));
  found.whole = ended;
  found.reading.json = hive::JsonForm::kArray;
  found.reading.why.push_back(fmt::format("JSON: an array of objects; rows by the path $[*]"));
  auto made = Finish(std::move(found), columns);
  if (made && !rows) MakeOneColumn(*made);
  return made;
}

std::expected<Classified, Rejection> ClassifyByPath(std::string_view text, bool whole,
                                                    const std::string& path) {
  const auto steps = ParseJsonPath(path);
  if (!steps) return std::unexpected(Rejection{"a JSON path that is none", steps.error().message});
  Classified found;
  Columns columns;
  Values values(text, whole);
  for (std::string_view value = values.Next(); !value.empty(); value = values.Next()) {
    boost::system::error_code failed;
    json::parse_options options;
    options.max_depth = kMaxJsonDepth + 1;
    const json::value document = json::parse(value, failed, {}, options);
    if (failed) return std::unexpected(Damaged(failed.message()));
    std::vector<const json::value*> rows;
    WalkJsonPath(document, *steps, rows);
    for (const json::value* row : rows) {
      if (!row->is_object()) continue;
      const auto added =
          AddRecord(columns, json::serialize(*row), static_cast<size_t>(++found.records));
      if (!added) return std::unexpected(added.error());
    }
    found.sampled = values.at();
    if (found.records >= static_cast<int64_t>(kSampleRecords)) break;
  }
  if (values.broken() || found.sampled == 0) return std::unexpected(NoValue(values, text));
  if (found.records == 0) return std::unexpected(Damaged("no object is at the path " + path));
  found.whole = whole && values.AtEnd();
  found.reading.json = hive::JsonForm::kPath;
  found.reading.json_path = path;
  found.reading.why.push_back(fmt::format("JSON: {} objects at the path {}", found.records, path));
  return Finish(std::move(found), columns);
}

}  // namespace

bool LooksLikeJson(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

std::expected<Classified, Rejection> ClassifyJson(std::string_view text, bool whole,
                                                  const std::string& path) {
  if (path == "$[*]") {
    auto rows = ClassifyArray(text, whole, true);
    if (rows) rows->reading.json_path = path;
    return rows;
  }
  if (!path.empty() && path != "$") return ClassifyByPath(text, whole, path);
  auto found = ClassifyLines(text, whole);
  if (!found) {
    const size_t first = text.find_first_not_of(" \t\r\n");
    const bool array = first != std::string_view::npos && text[first] == '[';
    auto other = array ? ClassifyArray(text, whole, false) : ClassifyDocuments(text, whole);
    if (!other) return found.error().more_would_help ? found : other;
    found = std::move(other);
  }
  found->reading.json_path = path;
  return found;
}

}  // namespace ticklake::lake::crawler
