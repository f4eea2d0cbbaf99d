#include "cli/prompt/completer.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cli/prompt/commands.h"
#include "cli/prompt/named_tables.h"
#include "cli/prompt/sql_words.h"
#include "query/duck.h"
#include "query/function_list.h"
#include "query/gate.h"
#include "query/results/writer.h"

namespace ticklake::cli {
namespace {

using query::Token;
using query::TokenKind;

constexpr size_t kMostOtherTables = 20;  // whose columns are offered while no table is named

std::string Cased(std::string_view text, int (*convert)(int)) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [&](unsigned char c) {
    return static_cast<char>(c < 0x80 ? convert(c) : c);
  });
  return out;
}
std::string Lower(std::string_view text) { return Cased(text, std::tolower); }
std::string Upper(std::string_view text) { return Cased(text, std::toupper); }

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool IsPlainName(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) return false;
  const bool plain =
      std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  return plain && std::ranges::find(kKeywords, Upper(name)) == kKeywords.end();
}

/// Candidates that begin with what is typed, each once, in the order they were offered.
class Candidates {
 public:
  /// `typed` is what stands before the cursor; with `quoted` it began with a double quote.
  Candidates(std::string_view typed, bool quoted)
      : typed_(quoted ? typed.substr(1) : typed), erase_(Characters(typed)), quoted_(quoted) {}

  bool nothing_typed() const { return typed_.empty(); }

  void OfferNames(const std::vector<std::string>& names, std::string_view end = "") {
    for (const std::string& name : names) {
      if (!Fits(name)) continue;
      const bool plain = !quoted_ && IsPlainName(name);
      Add((plain ? name : query::QuoteName(name)) + std::string(end));
    }
  }

  /// Words keep the case that is being typed.
  template <class Words>
  void OfferWords(const Words& words, std::string_view end) {
    const bool lower = std::ranges::any_of(typed_, [](char c) { return c >= 'a' && c <= 'z'; });
    for (const std::string_view word : words) {
      if (quoted_ || !Fits(word)) continue;
      Add((lower ? Lower(word) : std::string(word)) + std::string(end));
    }
  }

  Completion Take() {
    Completion done;
    if (found_.empty()) return done;
    done.erase = erase_;
    done.insert = found_.front();
    for (const std::string& other : found_) {
      done.insert.resize(CommonSize(done.insert, other));
    }
    const bool grows = Characters(done.insert) > erase_;
    if (found_.size() == 1 || grows) return done;
    done.erase = 0;  // what is typed stays as it is
    done.insert.clear();
    done.choices = std::move(found_);
    return done;
  }

 private:
  bool Fits(std::string_view name) const { return Lower(name).starts_with(Lower(typed_)); }

  void Add(std::string text) {
    if (std::ranges::find(found_, text) == found_.end()) found_.push_back(std::move(text));
  }

  /// Bytes that both begin with, whatever their case, and whole characters of them.
  static size_t CommonSize(const std::string& a, const std::string& b) {
    const std::string left = Lower(a);
    const std::string right = Lower(b);
    auto size = static_cast<size_t>(std::ranges::mismatch(left, right).in1 - left.begin());
    while (size > 0 && size < a.size() && (static_cast<unsigned char>(a[size]) & 0xC0) == 0x80) {
      --size;
    }
    return size;
  }

  const std::string_view typed_;
  const size_t erase_;
  const bool quoted_;
  std::vector<std::string> found_;
};

std::vector<std::string> FunctionNames() {
  std::vector<std::string> names;
  for (const std::string_view name : query::AllowedFunctions()) {
    const bool worth = name.size() > 1 && std::isalpha(static_cast<unsigned char>(name[0])) != 0 &&
                       !name.starts_with("icu_");
    if (worth) names.emplace_back(name);
  }
  return names;
}

/// One statement with a cursor in it.
class SqlCompleter {
 public:
  SqlCompleter(std::string_view statement, size_t cursor, NameSource& names)
      : sql_(statement), names_(names), all_(query::Scan(statement)) {
    before_ = query::Scan(sql_.substr(0, cursor), &open_);
    const bool touches = !before_.empty() && before_.back().end == cursor;
    const bool word = touches && before_.back().kind == TokenKind::kWord;
    if (!word && open_ != query::Open::kQuotedName) {
      const std::string_view blank =
          sql_.substr(before_.empty() ? 0 : before_.back().end,
                      cursor - (before_.empty() ? 0 : before_.back().end));
      const size_t comment = blank.rfind("--");
      in_comment_ = open_ == query::Open::kString || open_ == query::Open::kComment ||
                    (touches && before_.back().kind == TokenKind::kNumber) ||
                    (comment != std::string_view::npos &&
                     blank.find('\n', comment) == std::string_view::npos);
      return;
    }
    typed_ = sql_.substr(before_.back().begin, cursor - before_.back().begin);
    before_.pop_back();
  }

  Completion Run() {
    Candidates found(typed_, open_ == query::Open::kQuotedName);
    if (in_comment_) return {};
    if (IsSymbol(before_.size(), 1, '.')) {
      AfterDot(found);
    } else if (before_.empty()) {
      found.OfferWords(kFirstWords, " ");
    } else if (WantsTable()) {
      OfferTables(found);
    } else if (IsWord(1, "SHOW")) {
      found.OfferWords(std::to_array<std::string_view>({"TABLES", "DATABASES"}), "");
    } else {
      OfferExpression(found);
    }
    return found.Take();
  }

 private:
  /// The token `back` before the end of `before_` (1: the last) is that symbol.
  bool IsSymbol(size_t size, size_t back, char symbol) const {
    return size >= back && before_[size - back].kind == TokenKind::kSymbol &&
           sql_[before_[size - back].begin] == symbol;
  }
  bool IsWord(size_t back, std::string_view word) const {
    return before_.size() >= back && Spelling(back) == word;
  }
  std::string Spelling(size_t back) const {
    return query::Spelling(sql_, before_[before_.size() - back]);
  }
  std::string Name(size_t back) const {
    return query::NameOf(sql_, before_[before_.size() - back]);
  }
  bool IsName(size_t back) const {
    if (before_.size() < back) return false;
    const TokenKind kind = before_[before_.size() - back].kind;
    return kind == TokenKind::kWord || kind == TokenKind::kQuotedName;
  }

  void AfterDot(Candidates& found) {
    if (!IsName(2)) return;
    const std::string name = Name(2);
    if (IsSymbol(before_.size(), 3, '.') && IsName(4)) {
      return found.OfferNames(names_.Columns(Name(4), name));
    }
    for (const NamedTable& table : FindNamedTables(sql_, all_)) {
      const bool meant = table.alias.empty() ? table.table == name : table.alias == name;
      if (meant) found.OfferNames(names_.Columns(table.database, table.table));
    }
    found.OfferNames(names_.Tables(name));
  }

  /// After FROM and its like, or after a comma of its list.
  bool WantsTable() const {
    if (TakesTable(Spelling(1), before_.size() == 1)) return true;
    if ((IsWord(1, "FROM") || IsWord(1, "IN")) && IsWord(2, "TABLES")) return true;
    if (!IsSymbol(before_.size(), 1, ',')) return false;
    int depth = 0;
    for (size_t back = 1; back <= before_.size(); ++back) {
      if (IsSymbol(before_.size(), back, ')')) ++depth;
      if (IsSymbol(before_.size(), back, '(') && --depth < 0) return false;
      if (depth > 0 || before_[before_.size() - back].kind != TokenKind::kWord) continue;
      const std::string word = Spelling(back);
      if (word == "FROM" || word == "JOIN") return true;
      if (word != "AS" && std::ranges::find(kKeywords, word) != kKeywords.end()) return false;
      if (word == "BY" || word == "SELECT") return false;
    }
    return false;
  }

  void OfferTables(Candidates& found) {
    const bool databases_only = IsWord(2, "TABLES");
    if (databases_only) return found.OfferNames(names_.Databases());
    const std::string home(query::kDefaultDatabase);
    found.OfferNames(names_.Tables(home), " ");
    found.OfferNames(names_.Databases(), ".");
  }

  void OfferExpression(Candidates& found) {
    const std::vector<NamedTable> tables = FindNamedTables(sql_, all_);
    std::vector<std::string> qualifiers;
    for (const NamedTable& table : tables) {
      found.OfferNames(names_.Columns(table.database, table.table));
      qualifiers.push_back(table.alias.empty() ? table.table : table.alias);
    }
    if (tables.size() > 1) found.OfferNames(qualifiers, ".");
    if (tables.empty()) OfferColumnsOfAll(found);
    if (found.nothing_typed()) return;
    found.OfferWords(FunctionNames(), "(");
    found.OfferWords(kKeywords, " ");
  }

  void OfferColumnsOfAll(Candidates& found) {
    const std::string home(query::kDefaultDatabase);
    size_t asked = 0;
    for (const std::string& table : names_.Tables(home)) {
      if (++asked > kMostOtherTables) return;
      found.OfferNames(names_.Columns(home, table));
    }
  }

  const std::string_view sql_;
  NameSource& names_;
  const std::vector<Token> all_;
  std::vector<Token> before_;  // without the word that is being typed
  std::string_view typed_;
  query::Open open_ = query::Open::kNothing;
  bool in_comment_ = false;  // or in a string or a number: nothing to complete
};

}  // namespace

Completion CompleteSql(std::string_view text, size_t cursor, NameSource& names) {
  size_t begin = 0;
  size_t end = text.size();
  for (const Token& token : query::Scan(text)) {
    if (token.kind != TokenKind::kSemicolon) continue;
    if (token.end <= cursor) begin = token.end;
    if (token.begin >= cursor) {
      end = token.begin;
      break;
    }
  }
  return SqlCompleter(text.substr(begin, end - begin), cursor - begin, names).Run();
}

Completion CompleteCommand(std::string_view line, size_t cursor, NameSource& names) {
  const std::string_view typed = line.substr(0, cursor);
  const size_t space = typed.find(' ');
  if (space == std::string_view::npos) {
    Candidates found(typed, false);
    std::vector<std::string_view> commands;
    commands.reserve(kCommands.size());
    for (const CommandInfo& command : kCommands) commands.emplace_back(command.name);
    found.OfferWords(commands, " ");
    return found.Take();
  }
  const std::string_view command = typed.substr(0, space);
  const std::string_view argument =
      typed.substr(std::min(typed.find_first_not_of(' ', space), cursor));
  Candidates found(argument, false);
  if (command == "\\d") {
    const std::string sql = fmt::format("DESCRIBE {}", argument);
    return CompleteSql(sql, sql.size(), names);
  }
  if (command == "\\o") found.OfferWords(query::kFormatNames, "");
  if (command == "\\x" || command == "\\timing") {
    found.OfferWords(std::to_array<std::string_view>({"on", "off"}), "");
  }
  return found.Take();
}

std::string ChoiceTable(const std::vector<std::string>& choices, size_t width) {
  constexpr size_t kMost = 120;
  constexpr size_t kGap = 2;
  const size_t shown = std::min(choices.size(), kMost);
  size_t widest = 1;
  for (size_t i = 0; i < shown; ++i) widest = std::max(widest, Characters(choices[i]));
  const size_t columns = std::max<size_t>(1, (width + kGap) / (widest + kGap));
  std::string table;
  for (size_t i = 0; i < shown; ++i) {
    table += choices[i];
    const bool last = (i + 1) % columns == 0 || i + 1 == shown;
    if (last) table += '\n';
    if (!last) table.append(widest + kGap - Characters(choices[i]), ' ');
  }
  if (choices.size() > shown) table += fmt::format("… and {} more\n", choices.size() - shown);
  return table;
}

}  // namespace ticklake::cli
