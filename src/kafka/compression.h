// The codecs of record batches: gzip, snappy (raw, and Java's xerial framing), lz4 frames, zstd.
//
// Threading: pure functions. Decompression is bounded: a batch of a few bytes may claim to hold
// gigabytes. Does not: choose levels (each library's default), or know what it packs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake::kafka {

/// Values are those of the attribute bits of a batch.
enum class Compression : uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

/// What one batch may hold when decompressed, in bytes. Kafka bounds the packed size only
/// (max.message.bytes); producers fill batches by their plain size, 1 MiB as a rule, so that this
/// is far beyond any honest batch and still fits in memory.
inline constexpr size_t kMaxPlainBytes = size_t{64} << 20;

/// Kafka's own name: "none", "gzip", "snappy", "lz4", "zstd".
const char* CompressionName(Compression codec);
/// kInvalid for any other name.
Result<Compression> ParseCompression(std::string_view name);

/// Snappy is written raw, as librdkafka does.
Result<std::string> Compress(Compression codec, std::string_view plain);

/// kCorrupt when the bytes are damaged, cut short, or hold more than `limit`.
Result<std::string> Decompress(Compression codec, std::string_view packed,
                               size_t limit = kMaxPlainBytes);

}  // namespace ticklake::kafka
