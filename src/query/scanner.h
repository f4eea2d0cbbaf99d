// Scanner: SQL text to tokens, as far as that is needed to say what a statement begins with,
// where it ends, and where another one starts. DuckDB's own parser judges the rest.
//
// Threading: plain values. Does not: decide whether anything is allowed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ticklake::query {

enum class TokenKind { kWord, kQuotedName, kString, kNumber, kParameter, kSemicolon, kSymbol };

struct Token {
  TokenKind kind = TokenKind::kSymbol;
  size_t begin = 0;  ///< byte
  size_t end = 0;    ///< byte after the last
};

/// What a text stops in the middle of.
enum class Open { kNothing, kString, kQuotedName, kComment };

/// Every token outside comments. What is not closed reaches to the end; `open`, if given, tells.
std::vector<Token> Scan(std::string_view sql, Open* open = nullptr);

/// A word in upper case, or any other token as it stands.
std::string Spelling(std::string_view sql, const Token& token);

/// The name a token stands for: a word in lower case, a quoted name without its quotes.
std::string NameOf(std::string_view sql, const Token& token);

}  // namespace ticklake::query
