// Avro, manifests and manifest lists: no file upsets the readers, and what they accept can be
// written and read again.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lake/iceberg/manifest.h"

using namespace ticklake::lake::iceberg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  PartitionSpec spec;
  spec.fields = {{1, 1000, "ts_day", Transform::Parse("day")}};
  (void)ReadManifest(bytes, {}, spec);
  const auto list = ReadManifestList(bytes);
  if (!list) return 0;
  const auto written = WriteManifestList({}, *list);
  if (!written) std::abort();
  const auto again = ReadManifestList(*written);
  if (!again || again->size() != list->size()) std::abort();
  return 0;
}
