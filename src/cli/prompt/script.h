// Several statements one after the other: a file, or standard input.
//
// Threading: free function. Does not: ask anybody; the caller's function does.
#pragma once

#include <functional>
#include <string_view>

#include "query/sql_error.h"

namespace ticklake::cli {

/// Runs one statement.
using RunFunction = std::function<query::SqlResult<void>(std::string_view statement)>;

/// Runs the statements of `text` in order and stops at the first error, which is then one of the
/// whole text: its line and column count from there. A text without a statement is run as it is.
query::SqlResult<void> RunScript(std::string_view text, const RunFunction& run);

}  // namespace ticklake::cli
