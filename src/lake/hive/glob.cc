#include "lake/hive/glob.h"

#include <algorithm>
#include <cstdint>

namespace ticklake::lake::hive {
namespace {

class Matcher {
 public:
  bool Match(std::string_view glob, std::string_view key) {
    while (!glob.empty()) {
      if (++steps_ > 1'000'000) return false;
      switch (glob[0]) {
        case '*': return Star(glob, key);
        case '{': return Braces(glob, key);
        case '[': {
          if (key.empty() || key[0] == '/') return false;
          const size_t end =
              glob.find(']', glob.starts_with("[!]") || glob.starts_with("[]") ? 2 : 1);
          if (end == std::string_view::npos) return false;
          if (!InClass(glob.substr(1, end - 1), key[0])) return false;
          glob.remove_prefix(end + 1);
          key.remove_prefix(1);
          continue;
        }
        case '?':
          if (key.empty() || key[0] == '/') return false;
          break;
        case '\\':
          if (glob.size() > 1) glob.remove_prefix(1);
          [[fallthrough]];
        default:
          if (key.empty() || key[0] != glob[0]) return false;
      }
      glob.remove_prefix(1);
      key.remove_prefix(1);
    }
    return key.empty();
  }

 private:
  static bool InClass(std::string_view set, char c) {
    const bool negated = set.starts_with('!');
    if (negated) set.remove_prefix(1);
    bool found = false;
    for (size_t i = 0; i < set.size(); ++i) {
      if (i + 2 < set.size() && set[i + 1] == '-') {
        found = found || (c >= set[i] && c <= set[i + 2]);
        i += 2;
      } else {
        found = found || c == set[i];
      }
    }
    return found != negated;
  }

  bool Star(std::string_view glob, std::string_view key) {
    const bool across = glob.starts_with("**");
    glob.remove_prefix(across ? 2 : 1);
    for (size_t skip = 0; skip <= key.size(); ++skip) {
      if (Match(glob, key.substr(skip))) return true;
      if (steps_ > 1'000'000 || (skip < key.size() && key[skip] == '/' && !across)) return false;
    }
    return false;
  }

  bool Braces(std::string_view glob, std::string_view key) {
    const size_t end = glob.find('}');
    if (end == std::string_view::npos) return false;
    const std::string_view rest = glob.substr(end + 1);
    for (size_t from = 1; from <= end;) {
      const size_t comma = std::min(glob.find(',', from), end);
      const std::string_view choice = glob.substr(from, comma - from);
      if (key.starts_with(choice) && Match(rest, key.substr(choice.size()))) return true;
      from = comma + 1;
    }
    return false;
  }

  uint64_t steps_ = 0;
};

}  // namespace

bool GlobMatches(std::string_view glob, std::string_view key) { return Matcher().Match(glob, key); }

std::string EscapeGlob(std::string_view key) {
  std::string glob;
  for (const char c : key) {
    if (std::string_view("*?[]{}\\").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob;
}

}  // namespace ticklake::lake::hive
