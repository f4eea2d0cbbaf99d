#include "broker/log/stamped_text.h"

#include <charconv>

#include "base/crc32c.h"

namespace ticklake::broker {
namespace {

constexpr std::string_view kPrefix = "ticklake-";
constexpr size_t kTrailer = 13;  // "crc 12345678\n"

std::string Trailer(std::string_view above) { return fmt::format("crc {:08x}\n", Crc32c(above)); }

}  // namespace

std::string StampText(const Stamp& stamp, std::string_view body) {
  std::string text = fmt::format("{}{} {}\n{}", kPrefix, stamp.kind, stamp.version, body);
  return text + Trailer(text);
}

Result<std::vector<std::string_view>> CheckStamp(const Stamp& stamp, std::string_view text,
                                                 std::string_view path) {
  const auto first = Words(text.substr(0, text.find('\n')));
  int64_t version = 0;
  if (first.size() != 2 || first[0] != fmt::format("{}{}", kPrefix, stamp.kind) ||
      !ParseNumber(first[1], &version)) {
    return Fail(Code::kCorrupt, "{}: not a {} file; restore it from a backup", path, stamp.kind);
  }
  if (version > stamp.version) {
    return Fail(Code::kUnsupported,
                "{}: version {}, made by a newer Ticklake; this one reads up to {}: upgrade it",
                path, version, stamp.version);
  }
  if (text.size() < kTrailer ||
      text.substr(text.size() - kTrailer) != Trailer(text.substr(0, text.size() - kTrailer))) {
    return Fail(Code::kCorrupt, "{}: its checksum does not match; restore it from a backup", path);
  }
  text.remove_suffix(kTrailer);
  text.remove_prefix(text.find('\n') + 1);
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const size_t end = line.find(' ');
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end + 1);
  }
}

bool ParseNumber(std::string_view word, int64_t* value) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *value);
  return error == std::errc{} && end == word.data() + word.size() && !word.empty();
}

}  // namespace ticklake::broker
