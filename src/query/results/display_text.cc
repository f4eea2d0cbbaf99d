#include "query/results/display_text.h"

#include <fmt/format.h>
#include <algorithm>
#include <iterator>

namespace ticklake::query {

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, StartsCharacter));
}

std::string Printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      // U+0080 to U+009F, two bytes: terminals obey these as well.
      const bool high = byte >= 0x80 && byte < 0xA0 && out.ends_with('\xC2');
      if (high) out.pop_back();
      if (high || byte < 0x20 || byte == 0x7F) {
        fmt::format_to(std::back_inserter(out), "\\x{:02X}", byte);
      } else {
        out += c;
      }
    }
  }
  return out;
}

std::string DisplayText(const Cell& cell) {
  if (cell.IsNull()) return "NULL";
  std::string text;
  AppendText(cell, text);
  return Printable(text);
}

std::string RowCount(uint64_t rows) {
  std::string digits = std::to_string(rows);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), 1, ',');
  }
  return fmt::format("({} row{})\n", digits, rows == 1 ? "" : "s");
}

}  // namespace ticklake::query
