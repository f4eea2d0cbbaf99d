#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cli/exit_status.h"

namespace ticklake::cli {
namespace {

std::string Styled(std::string_view text, std::string_view code, int fd) {
  if (!UseColor(fd)) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n <= 0) return;  // a closed terminal is nobody's error
    text.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace

bool IsTerminal(int fd) { return ::isatty(fd) == 1; }

bool UseColor(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  return IsTerminal(fd) && (no_color == nullptr || *no_color == '\0');
}

int TerminalWidth(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 100;
}

std::string Bold(std::string_view text, int fd) { return Styled(text, "1", fd); }
std::string Dim(std::string_view text, int fd) { return Styled(text, "2", fd); }
std::string Red(std::string_view text, int fd) { return Styled(text, "31", fd); }

int PrintError(const Error& error) {
  WriteAll(2, fmt::format("{} {}\n", Red("ticklake: error:", 2), error.message));
  return ExitStatusOf(error);
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size());
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++width;
    }
  }
  return width;
}

std::string Box(std::string_view title, const std::vector<std::string>& lines) {
  size_t width = DisplayWidth(title) + 2;
  for (const auto& line : lines) width = std::max(width, DisplayWidth(line));
  const auto repeat = [](std::string_view piece, size_t times) {
    std::string out;
    for (size_t i = 0; i < times; ++i) out += piece;
    return out;
  };
  std::string box = fmt::format("╭─ {} {}╮\n", title, repeat("─", width - DisplayWidth(title) - 1));
  for (const auto& line : lines) {
    box += fmt::format("│ {}{} │\n", line, repeat(" ", width - DisplayWidth(line)));
  }
  return box + fmt::format("╰{}╯\n", repeat("─", width + 2));
}

std::string Grouped(int64_t number) {
  std::string digits = fmt::format("{}", number < 0 ? -number : number);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return number < 0 ? "-" + digits : digits;
}

std::string HumanBytes(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

void LiveLines::Draw(const std::vector<std::string>& lines) {
  if (!active_) return;
  std::string out;
  if (drawn_ > 0) out += fmt::format("\x1b[{}A", drawn_);
  out += "\x1b[J";
  for (const auto& line : lines) out += line + "\n";
  WriteAll(fd_, out);
  drawn_ = lines.size();
}

void LiveLines::Clear() { Draw({}); }

}  // namespace ticklake::cli
