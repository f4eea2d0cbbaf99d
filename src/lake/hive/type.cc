#include "lake/hive/type.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace ticklake::lake::hive {
namespace {

constexpr std::array<std::pair<std::string_view, Kind>, 17> kNames = {{
    {"boolean", Kind::kBoolean},
    {"tinyint", Kind::kTinyint},
    {"smallint", Kind::kSmallint},
    {"int", Kind::kInt},
    {"integer", Kind::kInt},
    {"bigint", Kind::kBigint},
    {"float", Kind::kFloat},
    {"double", Kind::kDouble},
    {"decimal", Kind::kDecimal},
    {"string", Kind::kString},
    {"varchar", Kind::kVarchar},
    {"char", Kind::kChar},
    {"binary", Kind::kBinary},
    {"date", Kind::kDate},
    {"timestamp", Kind::kTimestamp},
    {"array", Kind::kArray},
    {"map", Kind::kMap},
}};

std::string_view NameOf(Kind kind) {
  const auto found = std::ranges::find(kNames, kind, &std::pair<std::string_view, Kind>::second);
  return found == kNames.end() ? "struct" : found->first;
}

std::string FieldName(const std::string& name) {
  const bool plain = !name.empty() && name.find_first_of(",:<>`") == std::string::npos &&
                     name.front() != ' ' && name.back() != ' ';
  if (plain) return name;
  std::string quoted = "`";
  for (const char c : name) quoted += c == '`' ? std::string("``") : std::string(1, c);
  return quoted + '`';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Type> Whole() {
    TL_ASSIGN(Type type, One(0));
    SkipSpace();
    if (at_ != text_.size()) return Wrong("nothing may follow");
    return type;
  }

 private:
  std::unexpected<Error> Wrong(std::string_view why) const {
    return Fail(Code::kInvalid, "type '{:.200}': {} at character {}", text_, why, at_ + 1);
  }

  void SkipSpace() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool Take(char c) {
    SkipSpace();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string Word() {
    SkipSpace();
    std::string word;
    while (at_ < text_.size() && std::string_view("<>,:() ").find(text_[at_]) == std::string::npos)
      word += text_[at_++];
    std::ranges::transform(word, word.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return word;
  }

  Result<std::string> Name() {
    SkipSpace();
    std::string name;
    if (Take('`')) {
      while (at_ < text_.size()) {
        const char c = text_[at_++];
        if (c != '`') {
          name += c;
        } else if (at_ < text_.size() && text_[at_] == '`') {
          name += text_[at_++];
        } else {
          return name;
        }
      }
      return Wrong("a name's backtick is not closed");
    }
    while (at_ < text_.size() && text_[at_] != ':' && text_[at_] != '>' && text_[at_] != ',') {
      name += text_[at_++];
    }
    while (name.ends_with(' ')) name.pop_back();
    if (name.empty()) return Wrong("a field's name is missing");
    return name;
  }

  Result<int32_t> Number() {
    SkipSpace();
    int32_t number = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (error != std::errc() || number < 0) return Wrong("a number is missing");
    at_ += static_cast<size_t>(end - begin);
    return number;
  }

  Result<Type> One(int depth) {
    if (depth > kMaxTypeDepth) return Wrong("it is nested too deeply");
    const std::string word = Word();
    if (word == "struct") return Struct(depth);
    const auto found = std::ranges::find(kNames, word, &std::pair<std::string_view, Kind>::first);
    if (word.empty()) return Wrong("a type is missing");
    if (found == kNames.end()) {
      return Fail(Code::kUnsupported, "type '{:.200}': '{}' is no type that is known here", text_,
                  word);
    }
    Type type{.kind = found->second};
    switch (type.kind) {
      case Kind::kDecimal: return Decimal();
      case Kind::kVarchar:
      case Kind::kChar: return Sized(type);
      case Kind::kArray:
      case Kind::kMap: return Container(type, depth);
      default: return type;
    }
  }

  Result<Type> Decimal() {
    Type type{.kind = Kind::kDecimal, .precision = 10};
    if (!Take('(')) return type;
    TL_ASSIGN(type.precision, Number());
    if (Take(',')) {
      TL_ASSIGN(type.scale, Number());
    }
    if (!Take(')')) return Wrong("')' is missing");
    if (type.precision < 1 || type.precision > 38 || type.scale > type.precision) {
      return Wrong("a decimal has 1 to 38 digits, and no more behind its point,");
    }
    return type;
  }

  Result<Type> Sized(Type type) {
    if (!Take('(')) return type;
    TL_ASSIGN(type.precision, Number());
    if (!Take(')')) return Wrong("')' is missing");
    return type;
  }

  Result<Type> Container(Type type, int depth) {
    if (!Take('<')) return Wrong("'<' is missing");
    TL_ASSIGN(Type first, One(depth + 1));
    type.fields.push_back({"", std::move(first)});
    if (type.kind == Kind::kMap) {
      if (!Take(',')) return Wrong("the type of the map's values is missing");
      TL_ASSIGN(Type second, One(depth + 1));
      type.fields.push_back({"", std::move(second)});
    }
    if (!Take('>')) return Wrong("'>' is missing");
    return type;
  }

  Result<Type> Struct(int depth) {
    Type type{.kind = Kind::kStruct};
    if (!Take('<')) return Wrong("'<' is missing");
    do {
      TL_ASSIGN(std::string name, Name());
      if (!Take(':')) return Wrong("':' is missing");
      TL_ASSIGN(Type field, One(depth + 1));
      type.fields.push_back({std::move(name), std::move(field)});
    } while (Take(','));
    if (!Take('>')) return Wrong("'>' is missing");
    return type;
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

bool Type::operator==(const Type& other) const {
  return kind == other.kind && precision == other.precision && scale == other.scale &&
         fields == other.fields;
}

Type ArrayOf(Type item) {
  Type type{.kind = Kind::kArray};
  type.fields.push_back({"", std::move(item)});
  return type;
}

Type MapOf(Type key, Type value) {
  Type type{.kind = Kind::kMap};
  type.fields.push_back({"", std::move(key)});
  type.fields.push_back({"", std::move(value)});
  return type;
}

std::string ToText(const Type& type) {
  const std::string_view name = NameOf(type.kind);
  switch (type.kind) {
    case Kind::kDecimal: return fmt::format("decimal({},{})", type.precision, type.scale);
    case Kind::kVarchar:
    case Kind::kChar:
      return type.precision == 0 ? std::string(name) : fmt::format("{}({})", name, type.precision);
    case Kind::kStruct:
    case Kind::kArray:
    case Kind::kMap: break;
    default: return std::string(name);
  }
  std::string text(name);
  text += '<';
  for (const TypeField& field : type.fields) {
    if (text.back() != '<') text += ',';
    if (type.kind == Kind::kStruct) text += FieldName(field.name) + ':';
    text += ToText(field.type);
  }
  return text + '>';
}

Result<Type> ParseType(std::string_view text) { return Parser(text).Whole(); }

}  // namespace ticklake::lake::hive
