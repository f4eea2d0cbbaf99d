// Which of DuckDB's functions SQL from outside may call.
//
// Two lists, allowed and refused, cover every function of the DuckDB this is built with; a
// test fails on a function that neither names. What neither names is refused.
#pragma once

#include <span>
#include <string_view>

namespace ticklake::query {

/// Scalar, aggregate and window functions, operators and macros. Case does not matter.
bool IsAllowedFunction(std::string_view name);
/// All of those, sorted by byte.
std::span<const std::string_view> AllowedFunctions();
/// Functions in FROM.
bool IsAllowedTableFunction(std::string_view name);

/// True if a list refuses it: it exists, but reaches outside the lake's tables.
bool IsRefusedFunction(std::string_view name);

}  // namespace ticklake::query
