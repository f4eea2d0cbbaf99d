#include "lake/crawler/csv_classifier.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "base/utf8.h"

namespace ticklake::lake::crawler {
namespace {

using hive::Kind;

constexpr std::array<char, 5> kDelimiters = {',', '|', '\t', ';', '\x01'};
constexpr size_t kMaxHeaderCell = 150;  // AWS's
constexpr double kConsistent = 0.9;     // rows that must have the same number of cells

using Row = std::vector<std::string>;

struct Table {
  char delimiter = ',';
  bool quoted = false;  // some cell stood in quotes
  std::vector<Row> rows;
  size_t width = 0;      // cells of most rows
  double agreement = 0;  // rows of that width ÷ all rows
};

// Splits off records one by one; quotes as RFC 4180 has them, if they are wanted.
class Splitter {
 public:
  // quote: '\0' for none.
  Splitter(std::string_view text, char delimiter, char quote)
      : text_(text), delimiter_(delimiter), quote_(quote) {}

  bool saw_quotes() const { return saw_quotes_; }
  bool broken() const { return broken_; }
  size_t at() const { return at_; }

  // False at the end. `complete`: a line end was seen behind it.
  bool Next(Row& row, bool& complete) {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
    if (at_ >= text_.size()) return false;
    row.clear();
    complete = false;
    while (true) {
      row.push_back(Cell());
      if (at_ >= text_.size()) return true;
      const char c = text_[at_++];
      if (c == delimiter_) continue;
      if (c == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
      complete = true;
      return true;
    }
  }

 private:
  bool AtStop() const {
    return at_ >= text_.size() || text_[at_] == delimiter_ || text_[at_] == '\n' ||
           text_[at_] == '\r';
  }

  std::string Cell() {
    if (quote_ != '\0' && at_ < text_.size() && text_[at_] == quote_) return QuotedCell();
    const size_t begin = at_;
    while (!AtStop()) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string QuotedCell() {
    std::string cell;
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c != quote_) {
        cell += c;
      } else if (at_ < text_.size() && text_[at_] == quote_) {
        cell += quote_;
        ++at_;
      } else {
        saw_quotes_ = true;
        if (!AtStop()) broken_ = true;
        while (!AtStop()) cell += text_[at_++];
        return cell;
      }
    }
    broken_ = true;  // unless the sample was cut off here: the record is dropped then
    return cell;
  }

  const std::string_view text_;
  const char delimiter_;
  const char quote_;
  size_t at_ = 0;
  bool saw_quotes_ = false;
  bool broken_ = false;
};

struct Parsed {
  Table table;
  bool broken = false;  // quotes that do not work out
  size_t end = 0;       // bytes of the rows
};

Parsed Parse(std::string_view text, bool whole, char delimiter, char quote) {
  Parsed parsed;
  parsed.table.delimiter = delimiter;
  Splitter splitter(text, delimiter, quote);
  Row row;
  bool complete = false;
  while (parsed.table.rows.size() < kSampleRecords && splitter.Next(row, complete)) {
    if (!complete && !whole) break;
    parsed.table.rows.push_back(row);
    parsed.end = splitter.at();
    parsed.broken = splitter.broken();
  }
  parsed.table.quoted = splitter.saw_quotes();
  std::map<size_t, size_t> widths;
  for (const Row& one : parsed.table.rows) ++widths[one.size()];
  size_t most = 0;
  for (const auto& [width, count] : widths) {
    if (count >= most) {
      most = count;
      parsed.table.width = width;
    }
  }
  if (!parsed.table.rows.empty()) {
    parsed.table.agreement =
        static_cast<double>(most) / static_cast<double>(parsed.table.rows.size());
  }
  return parsed;
}

// The delimiter by which most rows have the same number of cells, and at least two.
std::optional<Parsed> BestParse(std::string_view text, bool whole, const CsvRules& rules) {
  std::optional<Parsed> best;
  const std::string_view first_line = text.substr(0, text.find('\n', 1));
  const std::string delimiters = rules.delimiter
                                     ? std::string(1, *rules.delimiter)
                                     : std::string(kDelimiters.begin(), kDelimiters.end());
  const size_t least = rules.allow_single_column ? 1 : 2;
  for (const char delimiter : delimiters) {
    if (least > 1 && first_line.find(delimiter) == std::string_view::npos) continue;
    Parsed parsed = Parse(text, whole, delimiter, rules.quote.value_or('"'));
    if (parsed.broken) parsed = Parse(text, whole, delimiter, '\0');
    const Table& table = parsed.table;
    if (table.width < least || table.rows.empty() || table.rows[0].size() != table.width) continue;
    const bool better =
        !best || table.agreement > best->table.agreement ||
        (table.agreement == best->table.agreement && table.width > best->table.width);
    if (better) best = std::move(parsed);
  }
  return best;
}

bool AllDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool Matches(std::string_view text, std::string_view pattern) {
  return std::ranges::equal(
      text, pattern, [](char c, char p) { return p == '9' ? c >= '0' && c <= '9' : c == p; });
}

bool IsDate(std::string_view text) {
  if (!Matches(text, "9999-99-99")) return false;
  const int month = (text[5] - '0') * 10 + (text[6] - '0');
  const int day = (text[8] - '0') * 10 + (text[9] - '0');
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool IsTimestamp(std::string_view text) {
  if (text.size() < 19 || !IsDate(text.substr(0, 10)) || !Matches(text.substr(10, 9), " 99:99:99"))
    return false;
  return text.size() == 19 || (text[19] == '.' && text.size() <= 29 && AllDigits(text.substr(20)));
}

bool IsWord(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char c, char l) {
    return (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) == l;
  });
}

// An integer that keeps its digits as a number; "007" would not.
bool IsBigint(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  if (!AllDigits(digits) || (digits.size() > 1 && digits[0] == '0')) return false;
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool IsDouble(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.empty() || (rest[0] != '.' && (rest[0] < '0' || rest[0] > '9'))) return false;
  if (rest.find_first_of(".eE") == std::string_view::npos) return false;  // an integer of a kind
  double value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  return error == std::errc() && end == rest.data() + rest.size() && std::isfinite(value);
}

std::string Shown(std::string_view cell) {
  constexpr size_t kMost = 40;
  std::string text;
  for (const char c : cell.substr(0, kMost)) {
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  text.resize(ValidUtf8Prefix(text));
  return cell.size() > kMost ? text + "…" : text;
}

// The type of one column, row after row.
class ColumnTyper {
 public:
  void Add(std::string_view cell, size_t row, bool trim) {
    const std::optional<Kind> kind = CellKind(cell, trim);
    if (!kind) return;
    if (!kind_) {
      kind_ = kind;
      Note(cell, row);
    } else if (*kind_ != *kind && *kind_ != Kind::kString) {
      Widen(*kind, cell, row);
    }
  }

  ColumnFacts Facts(std::string name, std::string key) const {
    ColumnFacts facts{std::move(name), std::move(key), std::nullopt, "", "no value was seen"};
    if (!kind_) return facts;
    facts.type = hive::Type{.kind = *kind_};
    facts.example = example_;
    facts.why = why_;
    return facts;
  }

 private:
  void Widen(Kind kind, std::string_view cell, size_t row) {
    const bool numbers = (*kind_ == Kind::kBigint && kind == Kind::kDouble) ||
                         (*kind_ == Kind::kDouble && kind == Kind::kBigint);
    if (numbers && *kind_ == Kind::kDouble) return;
    const std::string before = hive::ToText({.kind = *kind_});
    why_ = fmt::format("row {} has '{}', row {} '{}', which is no {}", row_, example_, row,
                       Shown(cell), before);
    kind_ = numbers ? Kind::kDouble : Kind::kString;
    Note(cell, row);
  }

  void Note(std::string_view cell, size_t row) {
    example_ = Shown(cell);
    row_ = row;
    if (*kind_ == Kind::kString && why_.empty()) why_ = WhyText(cell);
  }

  static std::string WhyText(std::string_view cell) {
    std::string_view digits = cell;
    if (digits.starts_with('-')) digits.remove_prefix(1);
    if (!AllDigits(digits)) return "";
    return digits[0] == '0' ? "a number would lose the leading zero"
                            : "more digits than a bigint holds";
  }

  std::optional<Kind> kind_;
  std::string example_;
  std::string why_;
  size_t row_ = 0;
};

// Why the first row cannot be a header; "" if it can, as far as it alone tells.
std::string WhyNoHeader(const Row& row) {
  size_t empty = 0;
  for (const std::string& cell : row) {
    const std::optional<Kind> kind = CellKind(cell);
    if (!kind) {
      ++empty;
    } else if (*kind != Kind::kString || IsBigint(cell) || AllDigits(cell)) {
      return fmt::format("'{}' in the first row is a value", Shown(cell));
    } else if (cell.size() >= kMaxHeaderCell) {
      return fmt::format("a cell of the first row has {} characters", cell.size());
    } else if (!IsUsableName(cell)) {
      return "a cell of the first row has a control character in it";
    }
  }
  if (2 * empty > row.size()) return "most cells of the first row are empty";
  return "";
}

// A data row's first value that is no text: what tells the header from the rest.
std::string FirstValue(const Table& table, const Schema& schema) {
  for (size_t r = 1; r < table.rows.size(); ++r) {
    const Row& row = table.rows[r];
    for (size_t c = 0; c < row.size() && c < schema.size(); ++c) {
      const std::optional<Kind> kind = CellKind(row[c]);
      if (kind && *kind != Kind::kString) {
        return fmt::format("'{}' of column {} in row {}", Shown(row[c]), schema[c].name, r + 1);
      }
    }
  }
  return "";
}

Schema TypedColumns(const Table& table, bool header, const CsvRules& rules) {
  std::vector<ColumnTyper> typers(table.width);
  for (size_t r = header ? 1 : 0; r < table.rows.size(); ++r) {
    const Row& row = table.rows[r];
    for (size_t c = 0; c < row.size() && c < table.width; ++c)
      typers[c].Add(row[c], r + 1, rules.trim_values);
  }
  Schema schema;
  for (size_t c = 0; c < table.width; ++c) {
    const std::string key = header ? table.rows[0][c] : "";
    ColumnFacts& column = schema.emplace_back(typers[c].Facts(ColumnName(key), key));
    if (c < rules.header.size()) {
      column.key = rules.header[c];
      column.name = ColumnName(rules.header[c]);
    }
    if (c < rules.types.size()) {
      column.type = rules.types[c];
      column.why = "the classifier's";
    }
  }
  MakeNamesUnique(schema);
  return schema;
}

std::vector<std::string> NamesOf(const Row& row) {
  Schema schema;
  for (const std::string& cell : row) schema.push_back({.name = ColumnName(cell), .key = cell});
  MakeNamesUnique(schema);
  std::vector<std::string> names;
  for (const ColumnFacts& column : schema) names.push_back(column.name);
  return names;
}

void DecideHeader(const Table& table, const CsvRules& rules, Reading& reading) {
  if (rules.contains_header != HeaderRule::kUnknown || !rules.header.empty()) {
    const bool first_row = rules.contains_header == HeaderRule::kPresent ||
                           (rules.contains_header == HeaderRule::kUnknown &&
                            NamesOf(table.rows[0]) == NamesOf(rules.header));
    reading.schema = TypedColumns(table, first_row, rules);
    reading.csv.header_lines = first_row ? 1 : 0;
    reading.why.push_back(first_row ? "header: the first row, as the classifier says"
                                    : "no header: as the classifier says");
    return;
  }
  const std::string obstacle = WhyNoHeader(table.rows[0]);
  if (obstacle.empty()) {
    reading.schema = TypedColumns(table, true, rules);
    const std::string value = FirstValue(table, reading.schema);
    if (!value.empty()) {
      reading.csv.header_lines = 1;
      reading.why.push_back(
          fmt::format("header: the first row is text throughout, and there is {}", value));
      return;
    }
    reading.first_row = NamesOf(table.rows[0]);
  }
  reading.schema = TypedColumns(table, false, rules);
  reading.why.push_back(fmt::format(
      "no header: {}", obstacle.empty()
                           ? "every row is text throughout, so that nothing tells the first apart"
                           : obstacle));
}

Rejection Unknown(std::string detail) {
  return {"no form that is known here (CSV, JSON, Parquet, ORC, Avro, Iceberg)", std::move(detail)};
}

}  // namespace

std::optional<Kind> CellKind(std::string_view cell, bool trim) {
  while (trim && !cell.empty() && cell.front() == ' ') cell.remove_prefix(1);
  while (trim && !cell.empty() && cell.back() == ' ') cell.remove_suffix(1);
  if (cell.empty() || cell == "\\N") return std::nullopt;
  if (IsBigint(cell)) return Kind::kBigint;
  if (IsDouble(cell)) return Kind::kDouble;
  if (IsWord(cell, "true") || IsWord(cell, "false")) return Kind::kBoolean;
  if (IsDate(cell)) return Kind::kDate;
  if (IsTimestamp(cell)) return Kind::kTimestamp;
  return Kind::kString;
}

std::string DelimiterName(char delimiter) {
  switch (delimiter) {
    case ',': return "comma";
    case '|': return "|";
    case '\t': return "tab";
    case ';': return "semicolon";
    case '\x01': return "\\u0001";
    default: return std::string(1, delimiter);
  }
}

std::expected<Classified, Rejection> ClassifyCsv(std::string_view text, bool whole,
                                                 const CsvRules& rules) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const size_t valid = ValidUtf8Prefix(text);
  if (valid < text.size() && (whole || valid + 4 < text.size())) {
    return std::unexpected(Unknown(fmt::format("byte {} is no UTF-8", valid)));
  }
  if (text.find('\0') != std::string_view::npos) return std::unexpected(Unknown("binary data"));
  const std::optional<Parsed> best = BestParse(text, whole, rules);
  if (!best) {
    return std::unexpected(
        Unknown("no delimiter of , | tab ; \\u0001 makes two columns of its first line"));
  }
  const Table& table = best->table;
  if (table.agreement < kConsistent) {
    return std::unexpected(
        Unknown(fmt::format("by {}, only {:.0f} % of its rows have {} columns",
                            DelimiterName(table.delimiter), table.agreement * 100, table.width)));
  }
  if (table.width > kMaxColumns) {
    return std::unexpected(Rejection{"more columns than a table may have",
                                     fmt::format("{}, at most {}", table.width, kMaxColumns)});
  }
  Classified found;
  Reading& reading = found.reading;
  reading.csv.delimiter = table.delimiter;
  const bool quotes =
      rules.serde == CsvSerde::kNone ? table.quoted : rules.serde == CsvSerde::kOpenCsv;
  if (quotes) reading.csv.quote = reading.csv.escape = rules.quote.value_or('"');
  reading.certainty = table.agreement;
  reading.why.push_back(
      fmt::format("CSV by {}: {} of {} rows have {} columns{}", DelimiterName(table.delimiter),
                  std::llround(table.agreement * static_cast<double>(table.rows.size())),
                  table.rows.size(), table.width, table.quoted ? ", some in quotes" : ""));
  DecideHeader(table, rules, reading);
  const bool told = rules.contains_header != HeaderRule::kUnknown || !rules.header.empty();
  reading.only_with_header = table.rows.size() < 2 && !told;
  if (reading.only_with_header && reading.first_row.empty()) {
    return std::unexpected(Unknown("a single row of values; CSV needs two"));
  }
  found.records = static_cast<int64_t>(table.rows.size()) - reading.csv.header_lines;
  found.sampled = best->end;
  found.whole = whole && best->end + 2 >= text.size();
  return found;
}

Reading WithHeader(const Reading& reading, const std::vector<std::string>& header) {
  Reading with = reading;
  with.csv.header_lines = 1;
  with.first_row.clear();
  with.only_with_header = false;
  for (size_t c = 0; c < with.schema.size() && c < header.size(); ++c) {
    with.schema[c].name = header[c];
    // Its cells were looked at with the header among them: only text is sure.
    if (reading.only_with_header) with.schema[c].type.reset();
  }
  if (!with.why.empty()) with.why.back() = "header: the first row is the one that other files have";
  return with;
}

}  // namespace ticklake::lake::crawler
