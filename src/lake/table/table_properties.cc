#include "lake/table/table_properties.h"

#include <charconv>

namespace ticklake::lake {

int64_t IntProperty(const Properties& properties, const char* name, int64_t otherwise,
                    int64_t least) {
  const auto at = properties.find(name);
  if (at == properties.end()) return otherwise;
  int64_t value = 0;
  const char* end = at->second.data() + at->second.size();
  const auto [stop, error] = std::from_chars(at->second.data(), end, value);
  return error == std::errc() && stop == end && value >= least ? value : otherwise;
}

bool BoolProperty(const Properties& properties, const char* name, bool otherwise) {
  const auto at = properties.find(name);
  if (at == properties.end()) return otherwise;
  std::string text = at->second;
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text == "true" || (text != "false" && otherwise);
}

const Properties& DefaultProperties() {
  // Few old metadata files: each holds all snapshots, and nobody needs more to look back.
  static const Properties defaults = {
      {property::kMinSnapshotsToKeep, std::to_string(kDefaultSnapshotsToKeep)},
      {property::kDeleteOldMetadata, "true"},
      {property::kPreviousVersionsMax, "20"},
      {property::kManifestMinCount, std::to_string(kDefaultManifestMinCount)},
  };
  return defaults;
}

}  // namespace ticklake::lake
