// What commands print for people: errors, colours, boxes, one-line progress.
//
// Results go to standard output; everything here goes to standard error unless it says
// otherwise. Colours and redrawing only on a terminal, and NO_COLOR is obeyed.
// Threading: one thread draws.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ticklake::cli {

/// True if the file descriptor (1: output, 2: error) is a terminal.
bool IsTerminal(int fd);
/// True if colours may be written there.
bool UseColor(int fd);
/// Columns of the terminal behind fd; 100 when it is none.
int TerminalWidth(int fd);

/// `text` in bold / dim / red if fd may show it, else `text` itself.
std::string Bold(std::string_view text, int fd);
std::string Dim(std::string_view text, int fd);
std::string Red(std::string_view text, int fd);

/// "ticklake: error: …" on standard error; returns the exit status that fits.
int PrintError(const Error& error);

/// Lines in a box of box-drawing characters; the first line is the title.
std::string Box(std::string_view title, const std::vector<std::string>& lines);

/// Digits in groups of three: 1,234,567.
std::string Grouped(int64_t number);
/// 1.5 MiB, 12 KiB, 17 B.
std::string HumanBytes(uint64_t bytes);

/// Columns that UTF-8 text takes on a terminal, counting code points outside escape sequences.
size_t DisplayWidth(std::string_view text);

/// Redraws one or more lines in place on a terminal; elsewhere prints nothing.
class LiveLines {
 public:
  explicit LiveLines(int fd) : fd_(fd), active_(IsTerminal(fd)) {}
  ~LiveLines() { Clear(); }
  LiveLines(const LiveLines&) = delete;
  LiveLines& operator=(const LiveLines&) = delete;

  void Draw(const std::vector<std::string>& lines);
  /// Removes what was drawn.
  void Clear();
  /// Leaves what was drawn and starts afresh below it.
  void Keep() { drawn_ = 0; }

 private:
  int fd_;
  bool active_;
  size_t drawn_ = 0;
};

}  // namespace ticklake::cli
