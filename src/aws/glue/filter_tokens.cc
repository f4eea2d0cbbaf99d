#include "aws/glue/filter_tokens.h"

#include <cctype>
#include <string>

#include "aws/glue/filter_value.h"

namespace ticklake::aws::glue {
namespace {

bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || c == '.' || byte >= 0x80;
}

// A quoted text from its quote on; a doubled quote is one of it.
FilterToken Quoted(std::string_view text, size_t& at) {
  const char quote = text[at++];
  FilterToken token{quote == '\'' ? TokenKind::kText : TokenKind::kWord, ""};
  for (; at < text.size(); ++at) {
    if (text[at] != quote) {
      token.text += text[at];
    } else if (at + 1 < text.size() && text[at + 1] == quote) {
      token.text += text[++at];
    } else {
      ++at;
      return token;
    }
  }
  return {TokenKind::kBad, ""};
}

FilterToken Word(std::string_view text, size_t& at) {
  const size_t from = at++;
  while (at < text.size()) {
    // The sign of an exponent: "3e-5".
    const bool sign = (text[at] == '-' || text[at] == '+') &&
                      (text[at - 1] == 'e' || text[at - 1] == 'E') && text[from] <= '9';
    if (!IsWordByte(text[at]) && !sign) break;
    ++at;
  }
  std::string word(text.substr(from, at - from));
  const bool number = ParseFilterValue(KeyType::kDecimal, word).has_value();
  if (!number && !IsWordByte(word[0])) return {TokenKind::kBad, word};
  return {number ? TokenKind::kNumber : TokenKind::kWord, std::move(word)};
}

FilterToken Operator(std::string_view text, size_t& at) {
  for (const std::string_view op : {"<>", "!=", "<=", ">=", "==", "=", "<", ">"}) {
    if (!text.substr(at).starts_with(op)) continue;
    at += op.size();
    return {TokenKind::kOperator, op == "==" ? "=" : std::string(op)};
  }
  ++at;
  return {TokenKind::kBad, ""};
}

}  // namespace

std::vector<FilterToken> FilterTokens(std::string_view text) {
  std::vector<FilterToken> tokens;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
    } else if (c == '(' || c == ')' || c == ',') {
      const TokenKind kind = c == '('   ? TokenKind::kOpen
                             : c == ')' ? TokenKind::kClose
                                        : TokenKind::kComma;
      tokens.push_back({kind, ""});
      ++at;
    } else if (c == '\'' || c == '"' || c == '`') {
      tokens.push_back(Quoted(text, at));
    } else if (IsWordByte(c) || c == '-' || c == '+') {
      tokens.push_back(Word(text, at));
    } else {
      tokens.push_back(Operator(text, at));
    }
  }
  tokens.push_back({TokenKind::kEnd, ""});
  return tokens;
}

}  // namespace ticklake::aws::glue
