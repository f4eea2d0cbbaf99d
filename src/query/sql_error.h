// SqlError: what is wrong with a SQL text, and where.
//
// Line and column count from 1; a column is a code point, as an editor shows it. Whenever a
// position is known the message says "line L, column C" as well, so that an Error made of it
// loses nothing. Threading: plain values.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace ticklake::query {

struct SqlError {
  Code code = Code::kInternal;
  std::string message;
  int line = 0;    ///< from 1; 0: the error has no place in the text
  int column = 0;  ///< from 1, in code points; 0 with line 0

  SqlError() = default;
  /// An error without a position. Implicit, so that a Result can end in a SqlResult.
  SqlError(Error error)  // NOLINT(google-explicit-constructor)
      : code(error.code), message(std::move(error.message)) {}

  Error ToError() const { return {code, message}; }
};

template <class T = void>
using SqlResult = std::expected<T, SqlError>;

struct Position {
  int line = 1;
  int column = 1;
};

/// The place of a byte of `sql`; past the end: the place after the last character.
Position Locate(std::string_view sql, size_t byte);

/// An error at a byte of `sql`: "line L, column C: <message>".
SqlError ErrorAt(Code code, std::string_view sql, size_t byte, std::string_view message);

/// The error of a text that begins at byte `begin` of `whole`, as an error of `whole`.
SqlError Within(SqlError error, std::string_view whole, size_t begin);

/// The line an error points into with a caret under the column, two spaces indented and each
/// line ended; "" without a position. Long lines are cut around the caret.
std::string Caret(std::string_view sql, const SqlError& error);

}  // namespace ticklake::query

namespace ticklake {

/// Passes a SqlError on (TL_TRY and TL_ASSIGN on a SqlResult).
inline std::unexpected<query::SqlError> Fail(query::SqlError error) {
  return std::unexpected(std::move(error));
}

}  // namespace ticklake
