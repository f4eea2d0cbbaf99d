#include "cli/prompt/statement_splitter.h"

namespace ticklake::cli {
namespace {

using query::Token;
using query::TokenKind;

StatementText Between(std::string_view text, const Token& first, const Token& last) {
  return {first.begin, text.substr(first.begin, last.end - first.begin)};
}

}  // namespace

std::vector<StatementText> SplitResult::All() const {
  std::vector<StatementText> all = statements;
  if (!rest.text.empty()) all.push_back(rest);
  return all;
}

SplitResult SplitStatements(std::string_view text) {
  SplitResult result;
  const std::vector<Token> tokens = query::Scan(text, &result.open);
  size_t first = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind == TokenKind::kSymbol) {
      const char symbol = text[tokens[i].begin];
      if (symbol == '(') ++result.parentheses;
      if (symbol == ')' && result.parentheses > 0) --result.parentheses;
    }
    if (tokens[i].kind != TokenKind::kSemicolon) continue;
    if (i > first) result.statements.push_back(Between(text, tokens[first], tokens[i - 1]));
    first = i + 1;
    result.parentheses = 0;
  }
  if (first < tokens.size()) result.rest = Between(text, tokens[first], tokens.back());
  return result;
}

}  // namespace ticklake::cli
