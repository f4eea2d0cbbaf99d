// History: what was typed at the prompt, kept across sessions in a file of the user's own.
//
// An entry may have many lines. Entries are appended one by one, so that several prompts may
// share the file; when it has grown to twice its bound it is rewritten with the newest.
// File format (mode 0600): one entry a line; backslash and newline are written \\ and \n.
// Threading: one thread. Invariants: a file that cannot be read or written costs the history,
// never the prompt. Does not: know the editor.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"

namespace ticklake::cli {

class History {
 public:
  /// The newest `bound` entries of the file; "": nothing is kept.
  History(FileSystem& fs, std::string path, size_t bound = 2'000);

  /// Oldest first.
  const std::vector<std::string>& entries() const { return entries_; }

  /// Adds an entry unless it is blank or the same as the last one; true if it was added.
  bool Add(std::string_view entry);

 private:
  void Load();
  Result<void> Append(std::string_view entry);
  Result<void> Rewrite(std::string_view entry);

  FileSystem& fs_;
  const std::string path_;
  const size_t bound_;
  size_t in_file_ = 0;  // lines
  std::vector<std::string> entries_;
};

/// $XDG_STATE_HOME/ticklake/sql_history, else ~/.local/state/…; "" without a home.
std::string DefaultHistoryPath();

}  // namespace ticklake::cli
