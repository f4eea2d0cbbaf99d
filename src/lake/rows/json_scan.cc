#include "lake/rows/json_scan.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace ticklake::lake {
namespace {

/// More columns than a table may have; further keys of one object are checked, not recorded.
constexpr size_t kMaxShapeFields = 4096;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void AppendUtf8(std::string& out, uint32_t c) {
  const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

/// Recursive descent over one text. After a failure, error() says why and where.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool Value(Shape* shape, int depth);
  bool Object(Shape* shape, int depth);
  bool String(std::string* out);
  void SkipSpace() {
    while (pos_ < text_.size() && IsSpace(text_[pos_])) ++pos_;
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
  const std::string found = byte > 0x20 && byte < 0x7F ? fmt::format("'{}'", c)
                                                       : fmt::format("byte 0x{:02x}", byte);
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

bool Scanner::String(std::string* out) {
  if (Peek() != '"') return Unexpected("a string");
  const size_t start = pos_++;
  while (true) {
    const size_t run = pos_;
    while (pos_ < text_.size() && text_[pos_] != '"' && text_[pos_] != '\\' &&
           static_cast<unsigned char>(text_[pos_]) >= 0x20) {
      ++pos_;
    }
    if (out != nullptr) out->append(text_.substr(run, pos_ - run));
    if (AtEnd()) return Fails("a string that begins and never ends", start);
    if (text_[pos_] == '"') break;
    if (text_[pos_] != '\\') return Fails("control character in a string", pos_);
    if (!Escape(out)) return false;
  }
  ++pos_;
  return true;
}

bool Scanner::Number(Shape* shape) {
  const size_t start = pos_;
  while (pos_ < text_.size() && (IsDigit(text_[pos_]) || text_[pos_] == '-' || text_[pos_] == '+' ||
                                 text_[pos_] == '.' || text_[pos_] == 'e' || text_[pos_] == 'E')) {
    ++pos_;
  }
  NumberToken number;
  if (!ParseNumber(text_.substr(start, pos_ - start), &number)) return Fails("bad number", start);
  if (!number.fits) {
    shape->kind = ShapeKind::kOddNumber;
    saw_odd_number_ = true;
  } else {
    shape->kind = number.integral ? ShapeKind::kLong : ShapeKind::kDouble;
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
        Merge(shape->fields[at->second].second, std::move(value));
      } else if (fresh && shape->fields.size() < kMaxShapeFields) {
        shape->fields.emplace_back(at->first, std::move(value));
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

/// The offset of the first byte that is not UTF-8. Only for error texts: quadratic in nothing,
/// a binary search over prefixes would misjudge cut characters, so it steps by characters.
size_t FirstInvalidUtf8(std::string_view text) {
  size_t pos = 0;
  while (pos < text.size()) {
    const auto lead = static_cast<unsigned char>(text[pos]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const std::string_view one = text.substr(pos, length);
    if (one.size() < length || !simdjson::validate_utf8(one.data(), one.size())) break;
    pos += length;
  }
  return pos;
}

}  // namespace

bool Contentless(const Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::kNone:
    case ShapeKind::kOddNumber: return true;
    case ShapeKind::kObject:
      return std::ranges::all_of(shape.fields, [](const auto& f) { return Contentless(f.second); });
    case ShapeKind::kList: return std::ranges::all_of(shape.element, Contentless);
    default: return false;
  }
}

void Merge(Shape& into, Shape&& from) {
  if (into.kind == from.kind && into.kind == ShapeKind::kObject) {
    for (auto& [key, value] : from.fields) {
      const auto same = std::ranges::find(into.fields, key, &std::pair<std::string, Shape>::first);
      if (same != into.fields.end()) {
        Merge(same->second, std::move(value));
      } else {
        into.fields.emplace_back(key, std::move(value));
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
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return Fail(Code::kInvalid, "not UTF-8: bad sequence at byte {}", FirstInvalidUtf8(text));
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

bool ParseNumber(std::string_view token, NumberToken* number) {
  const char* p = token.data();
  const char* const end = p + token.size();
  const auto digits = [&] {
    const char* const from = p;
    while (p < end && IsDigit(*p)) ++p;
    return p > from;
  };
  if (p < end && *p == '-') ++p;
  const char* const first = p;
  if (!digits() || (*first == '0' && p - first > 1)) return false;
  number->integral = p == end;
  if (p < end && *p == '.') {
    ++p;
    if (!digits()) return false;
  }
  bool tiny = false;
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    tiny = p < end && *p == '-';
    if (p < end && (*p == '+' || *p == '-')) ++p;
    if (!digits()) return false;
  }
  if (p != end) return false;
  const auto as_double = std::from_chars(token.data(), end, number->as_double);
  number->fits = as_double.ec == std::errc();
  if (!number->fits && tiny) {  // rounds to zero, as every parser of doubles does
    number->as_double = 0;
    number->fits = true;
  }
  if (number->integral) {
    number->fits = std::from_chars(token.data(), end, number->as_long).ec == std::errc();
  }
  return true;
}

std::optional<std::string> Unescape(std::string_view body) {
  const std::string quoted = fmt::format("\"{}\"", body);
  std::string out;
  Scanner scanner(quoted);
  if (!scanner.String(&out) || !scanner.AtEnd()) return std::nullopt;
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
