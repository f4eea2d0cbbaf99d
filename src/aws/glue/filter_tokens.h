// The words of a partition expression (partition_filter.h).
//
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ticklake::aws::glue {

enum class TokenKind { kWord, kText, kNumber, kOperator, kOpen, kClose, kComma, kBad, kEnd };

struct FilterToken {
  TokenKind kind = TokenKind::kEnd;
  std::string text;  ///< of a text without its quotes
};

/// Ends with kEnd; kBad is whatever has no place in an expression.
std::vector<FilterToken> FilterTokens(std::string_view text);

}  // namespace ticklake::aws::glue
