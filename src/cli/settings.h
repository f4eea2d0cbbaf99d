// Settings: where an option's value comes from when the command line does not say.
//
// Flags > TICKLAKE_* environment > ./ticklake.toml > user config > defaults. A TOML file has
// one table a command ([up] http_listen = "…") and top-level keys for all of them (data = "…").
// Threading: read once at the start of main. Does not: write files, know commands.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace ticklake::cli {

class Settings {
 public:
  /// Reads $XDG_CONFIG_HOME/ticklake/config.toml and ./ticklake.toml; missing files are fine.
  /// kInvalid names file, line and column.
  static Result<Settings> Load();
  /// Takes in a file's text; what it says goes before what was there. `path` is for the message.
  Result<void> AddFile(std::string_view text, const std::string& path);

  /// Adds `--flag` to a command, bound to `value`, with environment variable TICKLAKE_<FLAG>
  /// and the files as lower layers. `value` holds the default.
  template <class T>
  CLI::Option* Add(CLI::App& command, const std::string& flag, T& value,
                   const std::string& help) const {
    CLI::Option* option = command.add_option("--" + flag, value, help);
    option->envname(EnvironmentName(flag));
    if (const auto text = Find(command.get_name(), flag))
      option->default_str(*text)->force_callback();
    else
      option->capture_default_str();
    return option;
  }

 private:
  static std::string EnvironmentName(const std::string& flag);
  /// From the files: "<command>.<flag>" first, then "<flag>".
  std::optional<std::string> Find(const std::string& command, const std::string& flag) const;

  std::map<std::string, std::string> values_;
};

/// The default data directory: $XDG_DATA_HOME/ticklake, else ~/.local/share/ticklake.
std::string DefaultDataDirectory();

}  // namespace ticklake::cli
