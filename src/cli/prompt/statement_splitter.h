// Splits SQL text into statements, and knows whether the last one is finished.
//
// A statement ends with a semicolon outside quotes, dollar quotes and comments, as the gate's
// scanner sees them. Threading: pure functions. Invariants: the statements and the rest are in
// the order of the text and do not overlap. Does not: judge what a statement says.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "query/scanner.h"

namespace ticklake::cli {

/// A statement, without its semicolon and the blanks and comments around it.
struct StatementText {
  size_t begin = 0;  ///< byte in the text that was split
  std::string_view text;
};

struct SplitResult {
  std::vector<StatementText> statements;  ///< that ended with a semicolon; empty ones left out
  StatementText rest;  ///< after the last semicolon; empty: only blanks, comments
  query::Open open = query::Open::kNothing;  ///< what the text ends in the middle of
  int parentheses = 0;                       ///< in the rest: those that are open

  /// True if nothing more need be typed: everything has its semicolon.
  bool Finished() const { return rest.text.empty() && open == query::Open::kNothing; }
  /// All statements, the rest included if there is one.
  std::vector<StatementText> All() const;
};

/// The views in the result are into `text`.
SplitResult SplitStatements(std::string_view text);

}  // namespace ticklake::cli
