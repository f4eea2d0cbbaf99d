#include "cli/prompt/named_tables.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/prompt/sql_words.h"
#include "query/gate.h"

namespace ticklake::cli {
namespace {

using query::Token;
using query::TokenKind;

bool IsName(const Token& token) {
  return token.kind == TokenKind::kWord || token.kind == TokenKind::kQuotedName;
}

/// Words that end a FROM list's item, and so are no alias.
bool IsKeyword(std::string_view upper) {
  return std::ranges::any_of(kKeywords, [&](std::string_view keyword) {
    return upper == keyword.substr(0, keyword.find(' '));
  });
}

class Reader {
 public:
  Reader(std::string_view sql, const std::vector<Token>& tokens) : sql_(sql), tokens_(tokens) {}

  std::vector<NamedTable> Read() {
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      if (!IsWord(at_) || !TakesTable(query::Spelling(sql_, tokens_[at_]), at_ == 0)) continue;
      do {
        ++at_;
        ReadTable();
      } while (IsSymbol(at_, ','));
      --at_;  // what ended the list may begin the next one
    }
    return std::move(tables_);
  }

 private:
  bool IsWord(size_t i) const { return i < tokens_.size() && tokens_[i].kind == TokenKind::kWord; }
  bool IsSymbol(size_t i, char symbol) const {
    return i < tokens_.size() && tokens_[i].kind == TokenKind::kSymbol &&
           sql_[tokens_[i].begin] == symbol;
  }

  void ReadTable() {
    if (at_ >= tokens_.size() || !IsName(tokens_[at_])) return;
    NamedTable table{std::string(query::kDefaultDatabase), query::NameOf(sql_, tokens_[at_]), ""};
    ++at_;
    if (IsSymbol(at_, '.') && at_ + 1 < tokens_.size() && IsName(tokens_[at_ + 1])) {
      table.database = std::exchange(table.table, query::NameOf(sql_, tokens_[at_ + 1]));
      at_ += 2;
    }
    const bool as = IsWord(at_) && query::Spelling(sql_, tokens_[at_]) == "AS";
    if (as) ++at_;
    const bool alias = at_ < tokens_.size() && IsName(tokens_[at_]) &&
                       (as || !IsKeyword(query::Spelling(sql_, tokens_[at_])));
    if (alias) table.alias = query::NameOf(sql_, tokens_[at_++]);
    tables_.push_back(std::move(table));
  }

  std::string_view sql_;
  const std::vector<Token>& tokens_;
  size_t at_ = 0;
  std::vector<NamedTable> tables_;
};

}  // namespace

std::vector<NamedTable> FindNamedTables(std::string_view sql, const std::vector<Token>& tokens) {
  return Reader(sql, tokens).Read();
}

bool TakesTable(std::string_view upper_word, bool first) {
  static constexpr auto kAtStart = std::to_array<std::string_view>(
      {"DESCRIBE", "DESC", "SUMMARIZE", "TABLE", "PIVOT", "UNPIVOT"});
  if (upper_word == "FROM" || upper_word == "JOIN") return true;
  return first && std::ranges::find(kAtStart, upper_word) != kAtStart.end();
}

}  // namespace ticklake::cli
