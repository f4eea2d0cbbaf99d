#include "lake/rows/row_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/utf8.h"
#include "lake/rows/json_scan.h"
#include "lake/rows/json_token.h"
#include "lake/rows/rescue.h"

namespace ticklake::lake {
namespace {

/// Up to here, a double holds every integer exactly.
constexpr double kExactIntegers = 0x1p53;

enum class Fit {
  kFits,    ///< stored; the position is behind the value
  kMisfit,  ///< not for this column, which may be left half-filled; the position means nothing
  kScan,    ///< not valid, or the schema may have to grow
  kDead,
};

int64_t FloorMicros(Nanos t) {
  const int64_t micros = t / kNanosPerMicro;
  return t % kNanosPerMicro < 0 ? micros - 1 : micros;
}

bool StartsNumber(char first) { return first == '-' || (first >= '0' && first <= '9'); }

/// The whole of `text` as a number.
bool ReadWhole(std::string_view text, JsonNumber* number) {
  const char* const end = text.data() + text.size();
  return ReadJsonNumber(text.data(), end, number) == end;
}

}  // namespace

/// The walk over one record. Functions for values are called with the position at the value.
class RowParser::Walk {
 public:
  Walk(RowParser& parser, std::string_view json, bool scanned)
      : parser_(parser),
        options_(parser.options_),
        p_(json.data()),
        end_(json.data() + json.size()),
        scanned_(scanned) {}

  Fit Record(StructColumn& root) {
    SkipSpace();
    if (Peek() != '{') return Fit::kScan;
    const Fit fit = Object(root);
    if (fit != Fit::kFits) return fit;
    SkipSpace();
    return p_ == end_ ? Fit::kFits : Fit::kScan;
  }

 private:
  Fit Object(StructColumn& to);
  Fit Member(const KeySlot& slot, int64_t row);
  Fit Unknown(const KeySlot& slot);
  Fit Value(Column& to);
  Fit Null(Column& to);
  Fit Boolean(BooleanColumn& to);
  Fit Long(LongColumn& to);
  Fit Int(IntColumn& to);
  Fit Double(DoubleColumn& to);
  Fit Float(FloatColumn& to);
  Fit String(StringColumn& to);
  Fit Time(LongColumn& to);
  Fit List(ListColumn& to);
  Fit Rescue(const KeySlot& slot, const char* value);

  char Peek() const { return p_ < end_ ? *p_ : '\0'; }
  void SkipSpace() { p_ = SkipJsonSpace(p_, end_); }
  bool Word(std::string_view word) {
    if (!std::string_view(p_, end_).starts_with(word)) return false;
    p_ += word.size();
    return true;
  }
  bool Number(JsonNumber* number) {
    p_ = ReadJsonNumber(p_, end_, number);
    return p_ != nullptr;
  }
  bool Text(std::string_view* text);

  RowParser& parser_;
  const RowParserOptions& options_;
  const char* p_;
  const char* end_;
  bool scanned_;
  int lists_ = 0;  ///< lists around the value: a misfit inside is a misfit of the outermost
};

/// The string at the position, unescaped; good until the next.
bool RowParser::Walk::Text(std::string_view* text) {
  const char* const begin = p_ + 1;
  const char* stop = FindStringStop(begin, end_);
  if (stop < end_ && *stop == '"') {
    *text = {begin, stop};
    p_ = stop + 1;
    return true;
  }
  while (stop < end_ && *stop == '\\') {
    stop = FindStringStop(std::min(stop + 2, end_), end_);
  }
  if (stop >= end_ || *stop != '"') return false;
  parser_.scratch_.clear();
  if (!AppendUnescaped(parser_.scratch_, {begin, stop})) return false;
  *text = parser_.scratch_;
  p_ = stop + 1;
  return true;
}

Fit RowParser::Walk::Object(StructColumn& to) {
  const int64_t row = to.length();
  size_t hint = 0;
  ++p_;
  SkipSpace();
  if (Peek() == '}') {
    ++p_;
    to.Close();
    return Fit::kFits;
  }
  while (true) {
    SkipSpace();
    if (Peek() != '"') return Fit::kScan;
    ++p_;
    const KeySlot* const slot = to.Lookup(p_, static_cast<size_t>(end_ - p_), &hint);
    if (slot == nullptr) return Fit::kScan;
    p_ += slot->raw.size();
    SkipSpace();
    if (Peek() != ':') return Fit::kScan;
    ++p_;
    SkipSpace();
    const Fit fit = slot->column != nullptr ? Member(*slot, row) : Unknown(*slot);
    if (fit != Fit::kFits) return fit;
    SkipSpace();
    const char next = Peek();
    if (next != ',' && next != '}') return Fit::kScan;
    ++p_;
    if (next == '}') break;
  }
  to.Close();
  return Fit::kFits;
}

Fit RowParser::Walk::Member(const KeySlot& slot, int64_t row) {
  Column& to = *slot.column;
  const char* const value = p_;
  const int64_t list_bytes = parser_.list_bytes_;
  if (to.length() > row) return Rescue(slot, value);  // the key was there before
  to.PadTo(row);
  const bool nested = to.kind() == ColumnKind::kStruct;
  if (nested) parser_.path_.push_back(&slot);
  const Fit fit = Value(to);
  if (nested) parser_.path_.pop_back();
  if (fit != Fit::kMisfit || lists_ > 0) return fit;
  if (to.required) {
    const std::string_view text = ScanValue({value, end_});
    if (text.empty()) return Fit::kScan;
    parser_.error_ = fmt::format("required field '{}' cannot be {}", to.key(), text.substr(0, 64));
    return Fit::kDead;
  }
  to.Truncate(row);
  to.PadTo(row + 1);
  parser_.list_bytes_ = list_bytes;
  return Rescue(slot, value);
}

Fit RowParser::Walk::Unknown(const KeySlot& slot) {
  const char first = Peek();
  if (first == 'n') return Word("null") ? Fit::kFits : Fit::kScan;
  if ((first == '{' || first == '[') && BeginsContentless({p_, end_})) {
    p_ += ScanValue({p_, end_}).size();
    return Fit::kFits;
  }
  return scanned_ || options_.full ? Rescue(slot, p_) : Fit::kScan;
}

Fit RowParser::Walk::Rescue(const KeySlot& slot, const char* value) {
  if (lists_ > 0) return Fit::kMisfit;
  const std::string_view raw = ScanValue({value, end_});
  if (raw.empty()) return Fit::kScan;
  p_ = value + raw.size();
  std::vector<std::string> keys;
  const auto add = [&](const KeySlot& s) {
    keys.push_back(Unescape(std::string_view(s.raw).substr(0, s.raw.size() - 1)).value_or(""));
  };
  for (const KeySlot* outer : parser_.path_) add(*outer);
  add(slot);
  parser_.rescue_.Add(JsonPath(keys.begin(), keys.end()), raw);
  return Fit::kFits;
}

Fit RowParser::Walk::Value(Column& to) {
  const char first = Peek();
  if (first == 'n') return Null(to);
  const bool number = StartsNumber(first);
  switch (to.kind()) {
    case ColumnKind::kLong: return number ? Long(static_cast<LongColumn&>(to)) : Fit::kMisfit;
    case ColumnKind::kInt: return number ? Int(static_cast<IntColumn&>(to)) : Fit::kMisfit;
    case ColumnKind::kDouble: return Double(static_cast<DoubleColumn&>(to));
    case ColumnKind::kFloat: return number ? Float(static_cast<FloatColumn&>(to)) : Fit::kMisfit;
    case ColumnKind::kString: return String(static_cast<StringColumn&>(to));
    case ColumnKind::kTime: return Time(static_cast<LongColumn&>(to));
    case ColumnKind::kBoolean: return Boolean(static_cast<BooleanColumn&>(to));
    case ColumnKind::kStruct:
      return first == '{' ? Object(static_cast<StructColumn&>(to)) : Fit::kMisfit;
    case ColumnKind::kList: return first == '[' ? List(static_cast<ListColumn&>(to)) : Fit::kMisfit;
    case ColumnKind::kOpaque: return Fit::kMisfit;
  }
  return Fit::kMisfit;
}

Fit RowParser::Walk::Null(Column& to) {
  if (!Word("null")) return Fit::kScan;
  if (to.required) return Fit::kMisfit;
  to.PadTo(to.length() + 1);
  return Fit::kFits;
}

Fit RowParser::Walk::Boolean(BooleanColumn& to) {
  const char first = Peek();
  if (first != 't' && first != 'f') return Fit::kMisfit;
  if (!Word(first == 't' ? "true" : "false")) return Fit::kScan;
  to.Append(first == 't');
  return Fit::kFits;
}

Fit RowParser::Walk::Long(LongColumn& to) {
  JsonNumber number;
  if (!Number(&number)) return Fit::kScan;
  int64_t value = 0;
  if (!number.AsLong(&value)) {
    if (number.integral) return Fit::kMisfit;
    if (!options_.frozen && !scanned_) return Fit::kScan;  // may widen the column
    double d = 0;
    if (!number.AsDouble(&d) || std::trunc(d) != d || std::fabs(d) > kExactIntegers) {
      return Fit::kMisfit;
    }
    value = static_cast<int64_t>(d);
  }
  to.Append(value);
  return Fit::kFits;
}

Fit RowParser::Walk::Int(IntColumn& to) {
  JsonNumber number;
  if (!Number(&number)) return Fit::kScan;
  double d = 0;
  if (!number.AsDouble(&d) || d < -0x1p31 || d >= 0x1p31 || std::trunc(d) != d) {
    return Fit::kMisfit;
  }
  to.Append(static_cast<int32_t>(d));
  return Fit::kFits;
}

Fit RowParser::Walk::Double(DoubleColumn& to) {
  JsonNumber number;
  if (Peek() == '"' && to.mode == ReadMode::kNumber) {
    std::string_view text;
    if (!Text(&text)) return Fit::kScan;
    if (!ReadWhole(text, &number)) return Fit::kMisfit;
  } else if (!StartsNumber(Peek())) {
    return Fit::kMisfit;
  } else if (!Number(&number)) {
    return Fit::kScan;
  }
  double value = 0;
  if (!number.AsExactDouble(&value)) return Fit::kMisfit;
  to.Append(value);
  return Fit::kFits;
}

Fit RowParser::Walk::Float(FloatColumn& to) {
  JsonNumber number;
  if (!Number(&number)) return Fit::kScan;
  double value = 0;
  if (!number.AsExactDouble(&value)) return Fit::kMisfit;
  const auto narrow = static_cast<float>(value);
  if (static_cast<double>(narrow) != value) return Fit::kMisfit;
  to.Append(narrow);
  return Fit::kFits;
}

Fit RowParser::Walk::String(StringColumn& to) {
  std::string_view text;
  if (Peek() == '"') {
    if (!Text(&text)) return Fit::kScan;
    if (to.required && text.empty()) return Fit::kMisfit;
  } else {
    if (to.mode != ReadMode::kText || !StartsNumber(Peek())) return Fit::kMisfit;
    JsonNumber number;
    if (!Number(&number)) return Fit::kScan;
    if (!number.integral) return Fit::kMisfit;
    text = {number.begin, number.end};
  }
  to.Append(text);
  return Fit::kFits;
}

Fit RowParser::Walk::Time(LongColumn& to) {
  Nanos t = 0;
  if (Peek() == '"') {
    std::string_view text;
    if (!Text(&text)) return Fit::kScan;
    const auto parsed = ParseUtc(text);
    if (!parsed) return Fit::kMisfit;
    t = *parsed;
  } else {
    if (to.mode != ReadMode::kNanos || !StartsNumber(Peek())) return Fit::kMisfit;
    JsonNumber number;
    if (!Number(&number)) return Fit::kScan;
    if (!number.AsLong(&t)) return Fit::kMisfit;
  }
  to.Append(FloorMicros(t));
  if (to.exact != nullptr) {
    to.exact->PadTo(to.length() - 1);
    static_cast<LongColumn*>(to.exact)->Append(t);
  }
  return Fit::kFits;
}

Fit RowParser::Walk::List(ListColumn& to) {
  ++p_;
  SkipSpace();
  Fit fit = Fit::kFits;
  bool more = Peek() != ']';
  if (!more) ++p_;
  ++lists_;
  while (more) {
    SkipSpace();
    parser_.list_bytes_ += to.element_bytes();
    fit = parser_.list_bytes_ > kMaxListBytes ? Fit::kMisfit : Value(to.element());
    if (fit != Fit::kFits) break;
    SkipSpace();
    const char next = Peek();
    if (next != ',' && next != ']') {
      fit = Fit::kScan;
      break;
    }
    ++p_;
    more = next == ',';
  }
  --lists_;
  if (fit == Fit::kFits) {
    to.Close();
  } else {
    to.element().Truncate(to.begin());
  }
  return fit;
}

bool RowParser::HasRequired(int64_t row) {
  for (const Column* column : options_.required) {
    if (column->length() > row) continue;
    error_ = fmt::format("required field '{}' is missing", column->key());
    return false;
  }
  const auto present = [&](const Column* column) {
    return column->length() > row && column->IsValid(row);
  };
  if (options_.any_of.empty() || std::ranges::any_of(options_.any_of, present)) return true;
  error_ = fmt::format("one of the fields '{}' and '{}' is required",
                       options_.any_of.front()->key(), options_.any_of.back()->key());
  return false;
}

RowOutcome RowParser::Parse(std::string_view json, bool scanned) {
  error_.clear();
  rescue_.Clear();
  path_.clear();
  list_bytes_ = 0;
  const int64_t row = root_.length();
  Fit fit = IsUtf8(json) ? Walk(*this, json, scanned).Record(root_) : Fit::kScan;
  if (fit == Fit::kFits && !HasRequired(row)) fit = Fit::kDead;
  rescued_ = rescue_.Finish();
  if (fit == Fit::kFits) return RowOutcome::kRow;
  root_.Truncate(row);
  if (fit == Fit::kScan && !scanned) return RowOutcome::kScan;
  if (error_.empty()) error_ = "not JSON that can be read";
  return RowOutcome::kDead;
}

}  // namespace ticklake::lake
