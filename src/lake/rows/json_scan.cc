#include "lake/rows/json_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/utf8.h"
#include "lake/rows/json_token.h"

namespace ticklake::lake {
namespace {

/// More columns than a table may have; further keys of one object are checked, not recorded.
constexpr size_t kMaxShapeFields = 4096;
/// The same for what the objects of a list have together; each is looked for among the others.
constexpr size_t kMaxMergedFields = 1024;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Recursive descent over one text. After a failure, error() says why and where.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool Value(Shape* shape, int depth);
  bool Object(Shape* shape, int depth);
  bool String(std::string* out);
  /// What stands between quotes; stops at a quote or the end.
  bool StringBody(std::string* out);
  void SkipSpace() {
    const char* const begin = text_.data();
    pos_ = static_cast<size_t>(SkipJsonSpace(begin + pos_, begin + text_.size()) - begin);
  }
  bool AtEnd() const { return pos_ == text_.size(); }
  size_t pos() const { return pos_; }
  char Peek() const { return pos_ < text_.size() ? text_[pos_] : '\0'; }
  bool Unexpected(std::string_view wanted);
  const std::string& error() const { return error_; }
  bool saw_odd_number() const { return saw_odd_number_; }

 private:
  bool List(Shape* shape, int depth);
  bool Word(std::string_view word);
  bool Number(Shape* shape);
  bool Escape(std::string* out);
  bool HexDigits(uint32_t* value);
  bool Fails(std::string_view why, size_t at) {
    error_ = fmt::format("{} at byte {}", why, at);
    return false;
  }

  std::string_view text_;
  size_t pos_ = 0;
  bool saw_odd_number_ = false;
  std::string error_;
};

bool Scanner::Unexpected(std::string_view wanted) {
  if (AtEnd()) return Fails(fmt::format("the text ends where {} must follow", wanted), pos_);
  const char c = text_[pos_];
  const auto byte = static_cast<unsigned char>(c);
  const std::string found =
      byte > 0x20 && byte < 0x7F ? fmt::format("'{}'", c) : fmt::format("byte 0x{:02x}", byte);
  return Fails(fmt::format("{} where {} must follow", found, wanted), pos_);
}

bool Scanner::Word(std::string_view word) {
  if (text_.substr(pos_, word.size()) != word) return Unexpected("a value");
  pos_ += word.size();
  return true;
}

bool Scanner::HexDigits(uint32_t* value) {
  *value = 0;
  const std::string_view digits = text_.substr(pos_, 4);
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), *value, 16);
  if (ec != std::errc() || end != digits.data() + 4) return Fails("bad \\u escape", pos_);
  pos_ += 4;
  return true;
}

bool Scanner::Escape(std::string* out) {
  const size_t start = pos_++;  // the backslash
  static constexpr std::string_view kFrom = "\"\\/bfnrt";
  static constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
  const char c = Peek();
  ++pos_;
  if (const size_t i = kFrom.find(c); i != std::string_view::npos) {
    if (out != nullptr) out->push_back(kTo[i]);
    return true;
  }
  if (c != 'u') return Fails("bad escape in a string", start);
  uint32_t unit = 0;
  if (!HexDigits(&unit)) return false;
  if (unit >= 0xD800 && unit < 0xE000) {
    uint32_t low = 0;
    if (unit >= 0xDC00 || text_.substr(pos_, 2) != "\\u") {
      return Fails("unpaired surrogate in a string", start);
    }
    pos_ += 2;
    if (!HexDigits(&low)) return false;
    if (low < 0xDC00 || low >= 0xE000) return Fails("unpaired surrogate in a string", start);
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }
  if (out != nullptr) AppendUtf8(*out, unit);
  return true;
}

bool Scanner::StringBody(std::string* out) {
  while (true) {
    const char* const run = text_.data() + pos_;
    const char* const stop = FindStringStop(run, text_.data() + text_.size());
    if (out != nullptr) out->append(run, stop);
    pos_ += static_cast<size_t>(stop - run);
    if (AtEnd() || text_[pos_] == '"') return true;
    if (text_[pos_] != '\\') return Fails("control character in a string", pos_);
    if (!Escape(out)) return false;
  }
}

bool Scanner::String(std::string* out) {
  if (Peek() != '"') return Unexpected("a string");
  const size_t start = pos_++;
  if (!StringBody(out)) return false;
  if (AtEnd()) return Fails("a string that begins and never ends", start);
  ++pos_;
  return true;
}

bool Scanner::Number(Shape* shape) {
  JsonNumber number;
  const char* const begin = text_.data();
  const char* const end = ReadJsonNumber(begin + pos_, begin + text_.size(), &number);
  if (end == nullptr) return Fails("bad number", pos_);
  pos_ = static_cast<size_t>(end - begin);
  int64_t as_long = 0;
  double as_double = 0;
  if (number.integral ? number.AsLong(&as_long) : number.AsDouble(&as_double)) {
    shape->kind = number.integral ? ShapeKind::kLong : ShapeKind::kDouble;
  } else {
    shape->kind = ShapeKind::kOddNumber;
    saw_odd_number_ = true;
  }
  return true;
}

bool Scanner::List(Shape* shape, int depth) {
  shape->kind = ShapeKind::kList;
  ++pos_;
  SkipSpace();
  if (Peek() == ']') {
    ++pos_;
    return true;
  }
  while (true) {
    Shape element;
    if (!Value(&element, depth + 1)) return false;
    if (shape->element.empty()) {
      shape->element.push_back(std::move(element));
    } else {
      Merge(shape->element[0], std::move(element));
    }
    SkipSpace();
    if (Peek() == ']') break;
    if (Peek() != ',') return Unexpected("',' or ']'");
    ++pos_;
  }
  ++pos_;
  return true;
}

bool Scanner::Object(Shape* shape, int depth) {
  shape->kind = ShapeKind::kObject;
  ++pos_;
  SkipSpace();
  if (Peek() == '}') {
    ++pos_;
    return true;
  }
  std::unordered_map<std::string, size_t> index;
  while (true) {
    SkipSpace();
    if (Peek() != '"') return Unexpected("a key in quotes");
    std::string key;
    if (!String(&key)) return false;
    SkipSpace();
    if (Peek() != ':') return Unexpected("':'");
    ++pos_;
    Shape value;
    if (!Value(&value, depth + 1)) return false;
    if (!Contentless(value)) {
      const auto [at, fresh] = index.try_emplace(std::move(key), shape->fields.size());
      if (!fresh && at->second < shape->fields.size()) {
        Merge(shape->fields[at->second].shape, std::move(value));
      } else if (fresh && shape->fields.size() < kMaxShapeFields) {
        shape->fields.push_back({at->first, std::move(value)});
      }
    }
    SkipSpace();
    if (Peek() == '}') break;
    if (Peek() != ',') return Unexpected("',' or '}'");
    ++pos_;
  }
  ++pos_;
  return true;
}

bool Scanner::Value(Shape* shape, int depth) {
  if (depth > kMaxJsonDepth) {
    return Fails(fmt::format("nested deeper than {} levels", kMaxJsonDepth), pos_);
  }
  SkipSpace();
  switch (Peek()) {
    case '{': return Object(shape, depth);
    case '[': return List(shape, depth);
    case '"': shape->kind = ShapeKind::kString; return String(nullptr);
    case 't': shape->kind = ShapeKind::kBoolean; return Word("true");
    case 'f': shape->kind = ShapeKind::kBoolean; return Word("false");
    case 'n': shape->kind = ShapeKind::kNone; return Word("null");
    case '-': return Number(shape);
    default: return IsDigit(Peek()) ? Number(shape) : Unexpected("a value");
  }
}

}  // namespace

bool Contentless(const Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::kNone:
    case ShapeKind::kOddNumber: return true;
    case ShapeKind::kObject:
      return std::ranges::all_of(shape.fields, [](const auto& f) { return Contentless(f.shape); });
    case ShapeKind::kList: return std::ranges::all_of(shape.element, Contentless);
    default: return false;
  }
}

void Merge(Shape& into, Shape&& from) {
  if (into.kind == from.kind && into.kind == ShapeKind::kObject) {
    for (auto& [key, value] : from.fields) {
      const auto same = std::ranges::find(into.fields, key, &ShapeMember::key);
      if (same != into.fields.end()) {
        Merge(same->shape, std::move(value));
      } else if (into.fields.size() < kMaxMergedFields) {
        into.fields.push_back({key, std::move(value)});
      }
    }
  } else if (into.kind == from.kind && into.kind == ShapeKind::kList) {
    if (into.element.empty()) {
      into.element = std::move(from.element);
    } else if (!from.element.empty()) {
      Merge(into.element[0], std::move(from.element[0]));
    }
  } else if (Contentless(into)) {
    if (!Contentless(from)) into = std::move(from);
  } else if (into.kind == ShapeKind::kLong && from.kind == ShapeKind::kDouble) {
    into.kind = ShapeKind::kDouble;
  }
}

Result<Shape> ScanRecord(std::string_view text) {
  if (!IsUtf8(text)) {
    return Fail(Code::kInvalid, "not UTF-8: bad sequence at byte {}", ValidUtf8Prefix(text));
  }
  Scanner scanner(text);
  scanner.SkipSpace();
  if (scanner.AtEnd()) return Fail(Code::kInvalid, "not JSON: the value is empty");
  Shape shape;
  const bool object = scanner.Peek() == '{';
  bool valid = scanner.Value(&shape, 0);
  if (valid) {
    scanner.SkipSpace();
    if (!scanner.AtEnd()) valid = scanner.Unexpected("the end");
  }
  if (!valid) return Fail(Code::kInvalid, "not JSON: {}", scanner.error());
  if (!object) return Fail(Code::kInvalid, "a record must be a JSON object");
  return shape;
}

std::string_view ScanValue(std::string_view text) {
  Scanner scanner(text);
  Shape shape;
  return scanner.Value(&shape, 0) ? text.substr(0, scanner.pos()) : std::string_view();
}

bool BeginsContentless(std::string_view text) {
  if (text.starts_with("{}") || text.starts_with("[]")) return true;
  Scanner scanner(text);
  Shape shape;
  // A number that fits no column is content all the same: it must not vanish.
  return scanner.Value(&shape, 0) && Contentless(shape) && !scanner.saw_odd_number();
}

bool AppendUnescaped(std::string& out, std::string_view body) {
  Scanner scanner(body);
  return scanner.StringBody(&out) && scanner.AtEnd();
}

std::optional<std::string> Unescape(std::string_view body) {
  std::string out;
  if (!AppendUnescaped(out, body)) return std::nullopt;
  return out;
}

void AppendJsonString(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<int>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

}  // namespace ticklake::lake
