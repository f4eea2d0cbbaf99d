// Completion of SQL and of the prompt's own commands, as pure functions over text and names.
//
// What may stand at the cursor is guessed from the tokens before it: tables after FROM, columns of
// the tables that the statement names first elsewhere, then functions and keywords. A guess that
// is wrong costs nothing: the gate judges the statement.
// Threading: pure, but for what the NameSource does. Does not: draw, or ask anybody by itself.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ticklake::cli {

/// The names of the lake. An empty answer is always fine.
class NameSource {
 public:
  virtual ~NameSource() = default;
  virtual std::vector<std::string> Databases() = 0;
  virtual std::vector<std::string> Tables(const std::string& database) = 0;
  virtual std::vector<std::string> Columns(const std::string& database,
                                           const std::string& table) = 0;
};

/// What Tab does.
struct Completion {
  size_t erase = 0;                  ///< characters before the cursor that `insert` replaces
  std::string insert;                ///< what all candidates begin with; may be what stood there
  std::vector<std::string> choices;  ///< to show, best first; empty unless there are several
};

/// `text` is all that is typed so far, earlier lines included; `cursor` a byte in it.
Completion CompleteSql(std::string_view text, size_t cursor, NameSource& names);

/// For a line that begins with a backslash.
Completion CompleteCommand(std::string_view line, size_t cursor, NameSource& names);

/// The choices in as many columns as fit `width` characters, each line ended.
std::string ChoiceTable(const std::vector<std::string>& choices, size_t width);

}  // namespace ticklake::cli
