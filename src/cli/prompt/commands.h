// The prompt's own commands: the one list that help, completion and dispatch are made of.
//
// A command is a line that begins with a backslash, or one of the plain words help, quit, exit.
// Threading: pure functions. Does not: carry anything out.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace ticklake::cli {

enum class CommandKind {
  kHelp,
  kTables,
  kDatabases,
  kExpanded,
  kFormat,
  kTiming,
  kInclude,
  kWatch,
  kQuit,
};

struct CommandInfo {
  CommandKind kind;
  std::string_view name;      ///< "\\d"
  std::string_view argument;  ///< "[TABLE]"; "" when it takes none
  std::string_view help;
};

inline constexpr auto kCommands = std::to_array<CommandInfo>({
    {CommandKind::kHelp, "\\?", "", "this list (also: help)"},
    {CommandKind::kTables, "\\d", "[TABLE]", "all tables, or the columns of one"},
    {CommandKind::kDatabases, "\\l", "", "all databases"},
    {CommandKind::kExpanded, "\\x", "[on|off]", "a line for each column, for wide rows"},
    {CommandKind::kFormat, "\\o", "[FORMAT]",
     "how rows are shown: table, expanded, csv, json, jsonl"},
    {CommandKind::kTiming, "\\timing", "[on|off]", "how long each answer took"},
    {CommandKind::kInclude, "\\i", "FILE", "runs the statements of a file"},
    {CommandKind::kWatch, "\\watch", "[SECONDS]",
     "runs the last statement again and again; Ctrl-C ends"},
    {CommandKind::kQuit, "\\q", "", "ends (also: quit, exit, Ctrl-D)"},
});

struct Command {
  CommandKind kind = CommandKind::kHelp;
  std::string argument;  ///< without blanks around it; "" if there is none
};

/// True if a line with no statement before it is a command, known or not.
bool IsCommand(std::string_view line);
/// The command of such a line; nothing when there is none of that name.
std::optional<Command> ParseCommand(std::string_view line);

/// What \? prints.
std::string CommandHelp();

}  // namespace ticklake::cli
