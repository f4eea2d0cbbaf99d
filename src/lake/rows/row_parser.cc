#include "lake/rows/row_parser.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>

#include "base/clock.h"
#include "lake/rows/json_scan.h"
#include "lake/rows/rescue.h"

namespace ticklake::lake {
namespace {

namespace ondemand = simdjson::ondemand;

/// Longest buffer kept between batches, bytes.
constexpr size_t kKeptBuffer = 1 << 20;

/// Below this, a double holds every integer exactly.
constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

enum class Fit {
  kFits,
  kMisfit,  ///< valid, but not for this column; the column may be left half-filled
  kScan,
  kDead,
};

int64_t FloorMicros(Nanos t) {
  const int64_t micros = t / kNanosPerMicro;
  return t % kNanosPerMicro < 0 ? micros - 1 : micros;
}

std::string_view Trimmed(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

/// The text of a number token, without what follows it.
std::string_view NumberText(ondemand::value& value) { return Trimmed(value.raw_json_token()); }

bool StartsNumber(char first) { return first == '-' || (first >= '0' && first <= '9'); }

/// A number as a double, if nothing of an integer is lost.
bool ExactDouble(const NumberToken& number) {
  if (!number.fits) return false;
  return !number.integral || std::fabs(number.as_double) < kExactIntegers ||
         (std::fabs(number.as_double) < 0x1p63 &&
          static_cast<int64_t>(number.as_double) == number.as_long);
}

}  // namespace

struct RowParser::Json {
  ondemand::parser parser;
  std::string buffer;  ///< the record and simdjson's padding

  simdjson::padded_string_view Copy(std::string_view json) {
    const size_t needed = json.size() + simdjson::SIMDJSON_PADDING;
    if (buffer.size() < needed) buffer.resize(needed * 2);
    std::memcpy(buffer.data(), json.data(), json.size());
    return simdjson::padded_string_view(buffer.data(), json.size(), buffer.size());
  }
};

/// The walk over one record.
class RowParser::Walk {
 public:
  Walk(RowParser& parser, const char* end, bool scanned)
      : parser_(parser), options_(parser.options_), end_(end), scanned_(scanned) {}

  Fit Object(StructColumn& to, ondemand::object& object);

 private:
  Fit Member(const KeySlot& slot, ondemand::value& value, int64_t row);
  Fit Unknown(const KeySlot& slot, ondemand::value& value);
  Fit Value(Column& to, ondemand::value& value);
  Fit Null(Column& to, ondemand::value& value);
  Fit Long(LongColumn& to, ondemand::value& value);
  Fit Int(IntColumn& to, ondemand::value& value);
  Fit Double(DoubleColumn& to, ondemand::value& value, char first);
  Fit Float(FloatColumn& to, ondemand::value& value, char first);
  Fit String(StringColumn& to, ondemand::value& value, char first);
  Fit Time(LongColumn& to, ondemand::value& value, char first);
  Fit List(ListColumn& to, ondemand::value& value);
  Fit Rescue(const KeySlot& slot, ondemand::value& value);

  RowParser& parser_;
  const RowParserOptions& options_;
  const char* end_;
  bool scanned_;
  int lists_ = 0;  ///< lists around the value: a misfit inside is a misfit of the outermost
};

Fit RowParser::Walk::Object(StructColumn& to, ondemand::object& object) {
  const int64_t row = to.length();
  size_t hint = 0;
  for (auto next : object) {
    ondemand::field field;
    if (std::move(next).get(field) != simdjson::SUCCESS) return Fit::kScan;
    const char* const raw = field.key().raw();
    const KeySlot* const slot = to.Lookup(raw, static_cast<size_t>(end_ - raw), &hint);
    if (slot == nullptr) return Fit::kScan;
    const Fit fit = slot->column != nullptr ? Member(*slot, field.value(), row)
                                            : Unknown(*slot, field.value());
    if (fit != Fit::kFits) return fit;
  }
  to.Close();
  return Fit::kFits;
}

Fit RowParser::Walk::Member(const KeySlot& slot, ondemand::value& value, int64_t row) {
  Column& to = *slot.column;
  if (to.length() > row) return Rescue(slot, value);  // the key was there before
  to.PadTo(row);
  const bool nested = to.kind() == ColumnKind::kStruct;
  if (nested) parser_.path_.push_back(&slot);
  const Fit fit = Value(to, value);
  if (nested) parser_.path_.pop_back();
  if (fit != Fit::kMisfit || lists_ > 0) return fit;
  if (to.required) {
    parser_.error_ = fmt::format("required field '{}' cannot be {}", to.key(),
                                 NumberText(value).substr(0, 64));
    return Fit::kDead;
  }
  to.Truncate(row);
  to.PadTo(row + 1);
  return Rescue(slot, value);
}

Fit RowParser::Walk::Unknown(const KeySlot& slot, ondemand::value& value) {
  const char* const start = value.raw_json_token().data();
  if (*start == 'n') {
    bool null = false;
    return value.is_null().get(null) == simdjson::SUCCESS && null ? Fit::kFits : Fit::kScan;
  }
  if ((*start == '{' || *start == '[') && BeginsContentless({start, end_})) return Fit::kFits;
  return scanned_ || options_.full ? Rescue(slot, value) : Fit::kScan;
}

Fit RowParser::Walk::Rescue(const KeySlot& slot, ondemand::value& value) {
  if (lists_ > 0) return Fit::kMisfit;
  const std::string_view raw = ScanValue({value.raw_json_token().data(), end_});
  if (raw.empty()) return Fit::kScan;
  std::vector<std::string> keys;
  const auto add = [&](const KeySlot& s) {
    keys.push_back(Unescape(std::string_view(s.raw).substr(0, s.raw.size() - 1)).value_or(""));
  };
  for (const KeySlot* outer : parser_.path_) add(*outer);
  add(slot);
  AddRescued(parser_.rescued_, JsonPath(keys.begin(), keys.end()), raw);
  return Fit::kFits;
}

Fit RowParser::Walk::Null(Column& to, ondemand::value& value) {
  bool null = false;
  if (value.is_null().get(null) != simdjson::SUCCESS || !null) return Fit::kScan;
  if (to.required) return Fit::kMisfit;
  to.PadTo(to.length() + 1);
  return Fit::kFits;
}

Fit RowParser::Walk::Value(Column& to, ondemand::value& value) {
  const char first = *value.raw_json_token().data();
  if (first == 'n') return Null(to, value);
  switch (to.kind()) {
    case ColumnKind::kLong:
      return StartsNumber(first) ? Long(static_cast<LongColumn&>(to), value) : Fit::kMisfit;
    case ColumnKind::kInt:
      return StartsNumber(first) ? Int(static_cast<IntColumn&>(to), value) : Fit::kMisfit;
    case ColumnKind::kDouble: return Double(static_cast<DoubleColumn&>(to), value, first);
    case ColumnKind::kFloat: return Float(static_cast<FloatColumn&>(to), value, first);
    case ColumnKind::kString: return String(static_cast<StringColumn&>(to), value, first);
    case ColumnKind::kTime: return Time(static_cast<LongColumn&>(to), value, first);
    case ColumnKind::kBoolean: {
      if (first != 't' && first != 'f') return Fit::kMisfit;
      bool b = false;
      if (value.get_bool().get(b) != simdjson::SUCCESS) return Fit::kScan;
      static_cast<BooleanColumn&>(to).Append(b);
      return Fit::kFits;
    }
    case ColumnKind::kStruct: {
      if (first != '{') return Fit::kMisfit;
      ondemand::object object;
      if (value.get_object().get(object) != simdjson::SUCCESS) return Fit::kScan;
      return Object(static_cast<StructColumn&>(to), object);
    }
    case ColumnKind::kList:
      return first == '[' ? List(static_cast<ListColumn&>(to), value) : Fit::kMisfit;
    case ColumnKind::kOpaque: return Fit::kMisfit;
  }
  return Fit::kMisfit;
}

Fit RowParser::Walk::Long(LongColumn& to, ondemand::value& value) {
  int64_t v = 0;
  if (value.get_int64().get(v) == simdjson::SUCCESS) {
    to.Append(v);
    return Fit::kFits;
  }
  NumberToken number;
  if (!ParseNumber(NumberText(value), &number)) return Fit::kScan;
  if (number.integral || !number.fits) return Fit::kMisfit;
  if (!options_.frozen && !scanned_) return Fit::kScan;  // may widen the column
  if (std::trunc(number.as_double) != number.as_double ||
      std::fabs(number.as_double) > kExactIntegers) {
    return Fit::kMisfit;
  }
  to.Append(static_cast<int64_t>(number.as_double));
  return Fit::kFits;
}

Fit RowParser::Walk::Int(IntColumn& to, ondemand::value& value) {
  NumberToken number;
  if (!ParseNumber(NumberText(value), &number)) return Fit::kScan;
  if (!number.fits || number.as_double < -0x1p31 || number.as_double >= 0x1p31 ||
      std::trunc(number.as_double) != number.as_double) {
    return Fit::kMisfit;
  }
  to.Append(static_cast<int32_t>(number.as_double));
  return Fit::kFits;
}

Fit RowParser::Walk::Double(DoubleColumn& to, ondemand::value& value, char first) {
  double d = 0;
  if (StartsNumber(first) && value.get_double().get(d) == simdjson::SUCCESS &&
      std::fabs(d) < kExactIntegers) {
    to.Append(d);
    return Fit::kFits;
  }
  NumberToken number;
  if (StartsNumber(first)) {
    // A successful get_double has moved on; the token is still where it was.
    const std::string_view rest(value.raw_json_token().data(), end_);
    if (!ParseNumber(ScanValue(rest), &number)) return Fit::kScan;
  } else if (first == '"' && to.mode == ReadMode::kNumber) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return Fit::kScan;
    if (!ParseNumber(text, &number)) return Fit::kMisfit;
  } else {
    return Fit::kMisfit;
  }
  if (!ExactDouble(number)) return Fit::kMisfit;
  to.Append(number.as_double);
  return Fit::kFits;
}

Fit RowParser::Walk::Float(FloatColumn& to, ondemand::value& value, char first) {
  if (!StartsNumber(first)) return Fit::kMisfit;
  NumberToken number;
  if (!ParseNumber(NumberText(value), &number)) return Fit::kScan;
  const auto narrow = static_cast<float>(number.as_double);
  if (!ExactDouble(number) || static_cast<double>(narrow) != number.as_double) return Fit::kMisfit;
  to.Append(narrow);
  return Fit::kFits;
}

Fit RowParser::Walk::String(StringColumn& to, ondemand::value& value, char first) {
  if (first == '"') {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return Fit::kScan;
    if (to.required && text.empty()) return Fit::kMisfit;
    to.Append(text);
    return Fit::kFits;
  }
  if (to.mode != ReadMode::kText || !StartsNumber(first)) return Fit::kMisfit;
  NumberToken number;
  const std::string_view text = NumberText(value);
  if (!ParseNumber(text, &number)) return Fit::kScan;
  if (!number.integral) return Fit::kMisfit;
  to.Append(text);
  return Fit::kFits;
}

Fit RowParser::Walk::Time(LongColumn& to, ondemand::value& value, char first) {
  Nanos t = 0;
  if (first == '"') {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return Fit::kScan;
    const auto parsed = ParseUtc(text);
    if (!parsed) return Fit::kMisfit;
    t = *parsed;
  } else if (to.mode == ReadMode::kNanos && StartsNumber(first)) {
    if (value.get_int64().get(t) != simdjson::SUCCESS) {
      NumberToken number;
      return ParseNumber(NumberText(value), &number) ? Fit::kMisfit : Fit::kScan;
    }
  } else {
    return Fit::kMisfit;
  }
  to.Append(FloorMicros(t));
  if (to.exact != nullptr) {
    to.exact->PadTo(to.length() - 1);
    static_cast<LongColumn*>(to.exact)->Append(t);
  }
  return Fit::kFits;
}

Fit RowParser::Walk::List(ListColumn& to, ondemand::value& value) {
  ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return Fit::kScan;
  ++lists_;
  Fit fit = Fit::kFits;
  for (auto next : array) {
    ondemand::value element;
    fit = std::move(next).get(element) == simdjson::SUCCESS ? Value(to.element(), element)
                                                            : Fit::kScan;
    if (fit != Fit::kFits) break;
  }
  --lists_;
  if (fit == Fit::kFits) {
    to.Close();
  } else {
    to.element().Truncate(to.begin());
  }
  return fit;
}

RowParser::RowParser() : json_(std::make_unique<Json>()) {}
RowParser::~RowParser() = default;

void RowParser::Use(StructColumn* root, RowParserOptions options) {
  root_ = root;
  options_ = std::move(options);
}

RowOutcome RowParser::Parse(std::string_view json, bool scanned) {
  error_.clear();
  rescued_.clear();
  path_.clear();
  const int64_t row = root_->length();
  const auto padded = json_->Copy(json);
  ondemand::document document;
  ondemand::object object;
  Fit fit = Fit::kScan;
  if (json_->parser.iterate(padded).get(document) == simdjson::SUCCESS &&
      document.get_object().get(object) == simdjson::SUCCESS) {
    fit = Walk(*this, padded.data() + padded.size(), scanned).Object(*root_, object);
    // Something behind the object: only the scan can tell what.
    if (fit == Fit::kFits && !document.current_location().error()) fit = Fit::kScan;
  }
  if (fit == Fit::kFits) {
    for (const Column* column : options_.required) {
      if (column->length() <= row) {
        error_ = fmt::format("required field '{}' is missing", column->key());
        fit = Fit::kDead;
        break;
      }
    }
    bool any = options_.any_of.empty();
    for (const Column* column : options_.any_of) {
      any = any || (column->length() > row && column->IsValid(row));
    }
    if (fit == Fit::kFits && !any) {
      error_ = fmt::format("one of the fields '{}' and '{}' is required",
                           options_.any_of.front()->key(), options_.any_of.back()->key());
      fit = Fit::kDead;
    }
  }
  if (fit == Fit::kFits) return RowOutcome::kRow;
  root_->Truncate(row);
  if (fit == Fit::kDead) return RowOutcome::kDead;
  if (scanned) error_ = "not JSON that can be read";
  return scanned ? RowOutcome::kDead : RowOutcome::kScan;
}

void RowParser::Shrink() {
  if (json_->buffer.size() > kKeptBuffer) json_ = std::make_unique<Json>();
}

}  // namespace ticklake::lake
