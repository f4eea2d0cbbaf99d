// Table metadata: no text upsets the parser, and what it accepts is written the same way twice.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lake/iceberg/metadata.h"

using namespace ticklake::lake::iceberg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto metadata =
      ParseTableMetadata(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!metadata) return 0;
  (void)SummaryOfNearestAncestor(*metadata, "ticklake.positions");
  const std::string text = SerializeTableMetadata(*metadata);
  const auto again = ParseTableMetadata(text);
  if (!again || SerializeTableMetadata(*again) != text) std::abort();
  return 0;
}
