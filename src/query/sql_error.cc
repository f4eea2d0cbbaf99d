#include "query/sql_error.h"

#include <algorithm>

namespace ticklake::query {
namespace {

constexpr size_t kCaretWidth = 100;  // characters of a line that are shown at most

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

int CountCharacters(std::string_view text) {
  return static_cast<int>(std::ranges::count_if(text, StartsCharacter));
}

std::string_view LineAt(std::string_view sql, int line) {
  for (; line > 1; --line) {
    const size_t end = sql.find('\n');
    if (end == std::string_view::npos) return {};
    sql.remove_prefix(end + 1);
  }
  sql = sql.substr(0, sql.find('\n'));
  if (sql.ends_with('\r')) sql.remove_suffix(1);
  return sql;
}

std::string Prefix(int line, int column) {
  return fmt::format("line {}, column {}: ", line, column);
}

// The byte where the nth character (from 0) starts; the size when there are fewer.
size_t ByteOf(std::string_view text, size_t nth) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (!StartsCharacter(text[i])) continue;
    if (nth == 0) return i;
    --nth;
  }
  return text.size();
}

}  // namespace

Position Locate(std::string_view sql, size_t byte) {
  const std::string_view before = sql.substr(0, std::min(byte, sql.size()));
  const size_t newline = before.rfind('\n');
  const std::string_view in_line =
      newline == std::string_view::npos ? before : before.substr(newline + 1);
  return {1 + static_cast<int>(std::ranges::count(before, '\n')), 1 + CountCharacters(in_line)};
}

SqlError ErrorAt(Code code, std::string_view sql, size_t byte, std::string_view message) {
  const Position at = Locate(sql, byte);
  SqlError error;
  error.code = code;
  error.line = at.line;
  error.column = at.column;
  error.message = Prefix(at.line, at.column) + std::string(message);
  return error;
}

SqlError Within(SqlError error, std::string_view whole, size_t begin) {
  if (error.line < 1 || error.column < 1) return error;
  const Position start = Locate(whole, begin);
  const std::string before = Prefix(error.line, error.column);
  if (error.line == 1) error.column += start.column - 1;
  error.line += start.line - 1;
  if (error.message.starts_with(before)) {
    error.message.replace(0, before.size(), Prefix(error.line, error.column));
  }
  return error;
}

std::string Caret(std::string_view sql, const SqlError& error) {
  if (error.line < 1 || error.column < 1) return "";
  const std::string_view line = LineAt(sql, error.line);
  const auto caret = static_cast<size_t>(error.column - 1);
  const size_t first = caret < kCaretWidth ? 0 : caret - kCaretWidth / 2;
  const size_t from = ByteOf(line, first);
  const size_t to = from + ByteOf(line.substr(from), kCaretWidth);
  std::string shown(line.substr(from, to - from));
  std::ranges::replace(shown, '\t', ' ');  // one column each, as they were counted
  return fmt::format("  {}\n  {}^\n", shown, std::string(caret - first, ' '));
}

}  // namespace ticklake::query
