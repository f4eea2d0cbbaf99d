#include "cli/prompt/commands.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/ascii.h"

namespace ticklake::cli {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

/// The command that a plain word stands for; a semicolon after it is fine.
std::optional<CommandKind> PlainWord(std::string_view line) {
  std::string word(Trimmed(line));
  while (word.ends_with(';')) word.pop_back();
  std::ranges::transform(word, word.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (word == "help") return CommandKind::kHelp;
  if (word == "quit" || word == "exit") return CommandKind::kQuit;
  return std::nullopt;
}

}  // namespace

bool IsCommand(std::string_view line) {
  return Trimmed(line).starts_with('\\') || PlainWord(line).has_value();
}

std::optional<Command> ParseCommand(std::string_view line) {
  if (const auto kind = PlainWord(line)) return Command{*kind, ""};
  const std::string_view text = Trimmed(line);
  const size_t end = std::min(text.find_first_of(kBlank), text.size());
  const auto found = std::ranges::find(kCommands, text.substr(0, end), &CommandInfo::name);
  if (found == kCommands.end()) return std::nullopt;
  std::string_view argument = Trimmed(text.substr(end));
  if (found->kind != CommandKind::kInclude && argument.ends_with(';')) {
    argument = Trimmed(argument.substr(0, argument.size() - 1));
  }
  return Command{found->kind, std::string(argument)};
}

std::string CommandHelp() {
  std::string help =
      "A statement ends with a semicolon and may have many lines. Tab completes, Ctrl-R searches\n"
      "the history, Ctrl-C cancels what runs or clears what is typed.\n\n";
  for (const CommandInfo& command : kCommands) {
    help += fmt::format("  {:<20} {}\n", fmt::format("{} {}", command.name, command.argument),
                        command.help);
  }
  return help + "\n  SHOW TABLES;  DESCRIBE trades;  SELECT * FROM trades LIMIT 5;\n";
}

}  // namespace ticklake::cli
