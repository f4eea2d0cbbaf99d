#include "lake/rows/names.h"

#include <fmt/format.h>
#include <zlib.h>

namespace ticklake::lake {
namespace {

constexpr std::string_view kDocPrefix = "JSON key: ";

std::string Fold(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;  // the rest of a character beyond ASCII
    if (c >= 'A' && c <= 'Z') {
      out.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out.push_back(c);
    } else {
      out.push_back('_');
    }
  }
  if (out.empty()) out = "_";
  return out;
}

}  // namespace

std::string FoldName(std::string_view name) {
  std::string folded = Fold(name);
  return folded.size() <= kMaxNameLength ? folded : SuffixedName(name);
}

std::string SuffixedName(std::string_view name) {
  const uLong crc =
      crc32(0, reinterpret_cast<const Bytef*>(name.data()), static_cast<uInt>(name.size()));
  std::string folded = Fold(name);
  folded.resize(std::min(folded.size(), kMaxNameLength - 9));
  return fmt::format("{}_{:08x}", folded, crc);
}

NameChoice TableName(std::string_view topic, const NameTaken& taken) {
  std::string name = FoldName(topic);
  if (!name.ends_with(kDeadLetterSuffix) && !taken(name)) return {std::move(name), false};
  return {SuffixedName(topic), true};
}

NameChoice ColumnName(std::string_view key, const NameTaken& taken) {
  std::string name = FoldName(key);
  if (!taken(name)) return {std::move(name), false};
  return {SuffixedName(key), true};
}

std::string KeyDoc(std::string_view key, std::string_view column) {
  return key == column ? "" : fmt::format("{}{}", kDocPrefix, key);
}

std::optional<std::string> KeyOf(std::string_view column, std::string_view doc) {
  if (doc.empty()) return std::string(column);
  if (doc.starts_with(kDocPrefix)) return std::string(doc.substr(kDocPrefix.size()));
  return std::nullopt;
}

std::string DisplayKey(std::string_view column, std::string_view doc) {
  return KeyOf(column, doc).value_or(std::string(column));
}

}  // namespace ticklake::lake
