#include "lake/iceberg/transform.h"

#include <charconv>
#include <chrono>

namespace ticklake::lake::iceberg {
namespace {

constexpr int64_t kMicrosPerHour = 3'600'000'000;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// "bucket[16]" with name "bucket" is 16; 0 when it is anything else.
int32_t Width(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || text.size() < name.size() + 3) return 0;
  text.remove_prefix(name.size());
  if (text.front() != '[' || text.back() != ']') return 0;
  text = text.substr(1, text.size() - 2);
  int32_t width = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
  return error == std::errc() && end == text.data() + text.size() && width > 0 ? width : 0;
}

std::unexpected<Error> Undefined(const Transform& transform, TypeId source) {
  return Fail(Code::kUnsupported, "partition transform {}: not applied to {} columns",
              transform.ToString(), TypeName(*Primitive(source)));
}

Result<int64_t> MicrosOf(const Transform& transform, TypeId source, const Literal& value) {
  const bool time = source == TypeId::kTimestamp || source == TypeId::kTimestamptz;
  if (const auto* micros = std::get_if<int64_t>(&value); time && micros) return *micros;
  const auto* days = std::get_if<int32_t>(&value);
  if (source == TypeId::kDate && days && transform.kind != TransformKind::kHour) {
    return *days * kMicrosPerDay;
  }
  return Undefined(transform, source);
}

int32_t TimeUnits(TransformKind kind, int64_t micros) {
  if (kind == TransformKind::kHour) return static_cast<int32_t>(FloorDiv(micros, kMicrosPerHour));
  const int32_t day = DayOfMicros(micros);
  if (kind == TransformKind::kDay) return day;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  const int32_t years = static_cast<int>(date.year()) - 1970;
  if (kind == TransformKind::kYear) return years;
  return years * 12 + static_cast<int32_t>(static_cast<unsigned>(date.month())) - 1;
}

// Cuts a string after `width` code points.
std::string Prefix(const std::string& text, int32_t width) {
  size_t at = 0;
  for (int32_t points = 0; at < text.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (starts && points++ == width) break;
  }
  return text.substr(0, at);
}

Result<Literal> Truncate(const Transform& transform, TypeId source, const Literal& value) {
  const int64_t width = transform.width;
  if (const auto* v = std::get_if<int32_t>(&value); v && source == TypeId::kInt) {
    return Literal(static_cast<int32_t>(FloorDiv(*v, width) * width));
  }
  if (const auto* v = std::get_if<int64_t>(&value); v && source == TypeId::kLong) {
    return Literal(static_cast<int64_t>(static_cast<uint64_t>(FloorDiv(*v, width)) *
                                        static_cast<uint64_t>(width)));
  }
  if (const auto* v = std::get_if<std::string>(&value)) {
    if (source == TypeId::kString) return Literal(Prefix(*v, transform.width));
    if (source == TypeId::kBinary) return Literal(v->substr(0, static_cast<size_t>(width)));
  }
  return Undefined(transform, source);
}

std::string DayText(int32_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string PercentEncoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '*';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

struct Human {
  TransformKind kind;
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(const std::string& v) const { return PercentEncoded(v); }
  std::string operator()(int64_t v) const { return fmt::to_string(v); }
  std::string operator()(float v) const { return fmt::to_string(v); }
  std::string operator()(double v) const { return fmt::to_string(v); }
  std::string operator()(int32_t v) const {
    switch (kind) {
      case TransformKind::kDay: return DayText(v);
      case TransformKind::kHour:
        return fmt::format("{}-{:02}", DayText(static_cast<int32_t>(FloorDiv(v, 24))),
                           v - FloorDiv(v, 24) * 24);
      case TransformKind::kMonth:
        return fmt::format("{:04}-{:02}", 1970 + FloorDiv(v, 12), v - FloorDiv(v, 12) * 12 + 1);
      case TransformKind::kYear: return fmt::format("{:04}", 1970 + v);
      default: return fmt::to_string(v);
    }
  }
};

}  // namespace

std::string Transform::ToString() const {
  switch (kind) {
    case TransformKind::kIdentity: return "identity";
    case TransformKind::kBucket: return fmt::format("bucket[{}]", width);
    case TransformKind::kTruncate: return fmt::format("truncate[{}]", width);
    case TransformKind::kYear: return "year";
    case TransformKind::kMonth: return "month";
    case TransformKind::kDay: return "day";
    case TransformKind::kHour: return "hour";
    case TransformKind::kVoid: return "void";
    case TransformKind::kUnknown: return text;
  }
  return text;
}

Transform Transform::Parse(std::string_view text) {
  constexpr TransformKind kPlain[] = {TransformKind::kIdentity, TransformKind::kYear,
                                      TransformKind::kMonth,    TransformKind::kDay,
                                      TransformKind::kHour,     TransformKind::kVoid};
  for (const TransformKind kind : kPlain) {
    if (Transform transform{kind, 0, ""}; transform.ToString() == text) return transform;
  }
  if (const int32_t n = Width(text, "bucket")) return {TransformKind::kBucket, n, ""};
  if (const int32_t n = Width(text, "truncate")) return {TransformKind::kTruncate, n, ""};
  return {TransformKind::kUnknown, 0, std::string(text)};
}

Result<TypePtr> ResultType(const Transform& transform, const TypePtr& source) {
  switch (transform.kind) {
    case TransformKind::kIdentity:
    case TransformKind::kTruncate:
    case TransformKind::kVoid: return source;
    case TransformKind::kDay: return Primitive(TypeId::kDate);
    case TransformKind::kBucket:
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kHour: return Primitive(TypeId::kInt);
    case TransformKind::kUnknown: break;
  }
  return Fail(Code::kUnsupported, "partition transform '{}': not known to this version",
              transform.text);
}

Result<Literal> Apply(const Transform& transform, TypeId source, const Literal& value) {
  if (transform.kind == TransformKind::kVoid || value == Literal()) return Literal();
  switch (transform.kind) {
    case TransformKind::kIdentity: return value;
    case TransformKind::kTruncate: return Truncate(transform, source, value);
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kDay:
    case TransformKind::kHour: {
      TL_ASSIGN(const int64_t micros, MicrosOf(transform, source, value));
      return Literal(TimeUnits(transform.kind, micros));
    }
    default: return Undefined(transform, source);
  }
}

int32_t DayOfMicros(int64_t micros) {
  return static_cast<int32_t>(FloorDiv(micros, kMicrosPerDay));
}

std::string PartitionPath(const PartitionSpec& spec, const std::vector<Literal>& values) {
  std::string path;
  for (size_t i = 0; i < spec.fields.size() && i < values.size(); ++i) {
    const PartitionField& field = spec.fields[i];
    if (!path.empty()) path += '/';
    path += PercentEncoded(field.name) + "=";
    path += std::visit(Human{field.transform.kind}, values[i]);
  }
  return path;
}

}  // namespace ticklake::lake::iceberg
