#include "cli/prompt/history.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/ascii.h"
#include "base/log.h"

namespace ticklake::cli {
namespace {

std::string Escaped(std::string_view entry) {
  std::string line;
  for (const char c : entry) {
    if (c == '\\') line += "\\\\";
    if (c == '\n') line += "\\n";
    if (c != '\\' && c != '\n') line += c;
  }
  return line;
}

std::string Unescaped(std::string_view line) {
  std::string entry;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      entry += line[i];
      continue;
    }
    ++i;
    entry += line[i] == 'n' ? '\n' : line[i];
  }
  return entry;
}

/// Only its owner may read it: what was typed may hold what others must not know. Before anything
/// is written to it; a FileSystem knows no permissions.
void MakePrivate(const std::string& path) {
  using std::filesystem::perms;
  std::error_code ignored;  // a file in memory
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write, ignored);
}

}  // namespace

History::History(FileSystem& fs, std::string path, size_t bound)
    : fs_(fs), path_(std::move(path)), bound_(bound) {
  if (!path_.empty()) Load();
}

void History::Load() {
  const auto text = fs_.ReadFile(path_);
  if (!text) {
    if (text.error().code != Code::kNotFound) spdlog::debug("history: {}", text.error().message);
    return;
  }
  std::string_view rest = *text;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) entries_.push_back(Unescaped(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  in_file_ = entries_.size();
  if (entries_.size() > bound_) {
    entries_.erase(entries_.begin(), entries_.end() - static_cast<std::ptrdiff_t>(bound_));
  }
}

bool History::Add(std::string_view text) {
  const std::string_view entry = Trimmed(text);
  if (entry.empty() || (!entries_.empty() && entries_.back() == entry)) return false;
  entries_.emplace_back(entry);
  if (entries_.size() > bound_) entries_.erase(entries_.begin());
  if (path_.empty()) return true;
  const auto kept = in_file_ >= 2 * bound_ ? Rewrite(entry) : Append(entry);
  if (!kept) spdlog::debug("history: {}", kept.error().message);
  return true;
}

Result<void> History::Append(std::string_view entry) {
  TL_TRY(fs_.MakeDirs(ParentPath(path_)));
  TL_ASSIGN(const auto file, fs_.Open(path_, OpenMode::kAppend));
  MakePrivate(path_);
  TL_TRY(file->Append(Escaped(entry) + "\n"));
  ++in_file_;
  return {};
}

Result<void> History::Rewrite(std::string_view entry) {
  TL_ASSIGN(std::string text, fs_.ReadFile(path_));  // other prompts may have added to it
  text += Escaped(entry) + "\n";
  size_t begin = text.size();
  size_t lines = 0;
  while (begin > 0 && lines <= bound_) {
    if (text[--begin] == '\n') ++lines;
  }
  if (begin > 0) text.erase(0, begin + 1);
  const std::string temporary = path_ + ".new";
  if (const auto left = fs_.Remove(temporary); !left && left.error().code != Code::kNotFound) {
    return left;
  }
  TL_ASSIGN(const auto file, fs_.Open(temporary, OpenMode::kAppend));
  MakePrivate(temporary);
  TL_TRY(file->Append(text));
  TL_TRY(fs_.Rename(temporary, path_));
  in_file_ = bound_;
  return {};
}

std::string DefaultHistoryPath() {
  const auto from = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  std::string state = from("XDG_STATE_HOME");
  if (state.empty() && !from("HOME").empty()) state = JoinPath(from("HOME"), ".local/state");
  return state.empty() ? "" : JoinPath(state, "ticklake/sql_history");
}

}  // namespace ticklake::cli
