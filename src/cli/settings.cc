#include "cli/settings.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>

#include <toml++/toml.h>

#include "base/fs.h"

namespace ticklake::cli {
namespace {

std::string FromEnvironment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

std::string HomePath(const char* xdg, const std::string& below_home) {
  return JoinPath(FromEnvironment(xdg, JoinPath(FromEnvironment("HOME", "/tmp"), below_home)),
                  "ticklake");
}

std::string WithDashes(std::string key) {
  std::ranges::replace(key, '_', '-');
  return key;
}

void Flatten(const toml::table& table, const std::string& prefix,
             std::map<std::string, std::string>& out) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + WithDashes(std::string(key.str()));
    if (const auto* inner = node.as_table()) {
      Flatten(*inner, name + ".", out);
    } else if (const auto* text = node.as_string()) {
      out[name] = text->get();
    } else if (const auto* number = node.as_integer()) {
      out[name] = fmt::format("{}", number->get());
    } else if (const auto* fraction = node.as_floating_point()) {
      out[name] = fmt::format("{}", fraction->get());
    } else if (const auto* flag = node.as_boolean()) {
      out[name] = flag->get() ? "true" : "false";
    }
  }
}

}  // namespace

Result<Settings> Settings::Load() {
  Settings settings;
  for (const std::string& path : {JoinPath(HomePath("XDG_CONFIG_HOME", ".config"), "config.toml"),
                                  std::string("ticklake.toml")}) {
    if (std::error_code ignored; !std::filesystem::exists(path, ignored)) continue;
    TL_ASSIGN(const std::string text, PosixFileSystem().ReadFile(path));
    TL_TRY(settings.AddFile(text, path));
  }
  return settings;
}

Result<void> Settings::AddFile(std::string_view text, const std::string& path) {
  try {
    Flatten(toml::parse(text, path), "", values_);
  } catch (const toml::parse_error& e) {
    return Fail(Code::kInvalid, "{}: line {}, column {}: {}; correct it or remove the file", path,
                e.source().begin.line, e.source().begin.column, e.description());
  }
  return {};
}

std::string Settings::EnvironmentName(const std::string& flag) {
  std::string name = "TICKLAKE_";
  for (const char c : flag) {
    name.push_back(c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  return name;
}

std::optional<std::string> Settings::Find(const std::string& command,
                                          const std::string& flag) const {
  for (const auto& key : {command + "." + flag, flag}) {
    if (const auto it = values_.find(key); it != values_.end()) return it->second;
  }
  return std::nullopt;
}

std::string DefaultDataDirectory() { return HomePath("XDG_DATA_HOME", ".local/share"); }

}  // namespace ticklake::cli
