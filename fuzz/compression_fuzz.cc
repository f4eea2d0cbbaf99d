// Compressed bytes from a stranger, in every codec: they become at most as many bytes as allowed,
// or an error; and what was packed here comes back.
//
// The first byte of the input chooses codec and limit.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "kafka/test_unpack.h"

namespace kafka = ticklake::kafka;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto codec = static_cast<kafka::Compression>(data[0] % 5);
  const size_t limit = size_t{1} << (data[0] / 16 + 4);  // 16 bytes to 512 KiB
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto plain = kafka::UnpackAll(codec, bytes, limit);
  if (plain && plain->size() > limit) std::abort();

  const auto packed = kafka::Compress(codec, bytes);
  if (!packed) std::abort();
  const auto again = kafka::UnpackAll(codec, *packed, bytes.size());
  if (!again || *again != bytes) std::abort();
  if (!bytes.empty() && kafka::UnpackAll(codec, *packed, bytes.size() - 1)) std::abort();
  return 0;
}
