// The codecs of record batches: gzip, snappy (raw, and Java's xerial framing), lz4 frames, zstd.
//
// Unpacking goes piece by piece into memory of the caller's, who may stop in between: a batch of a
// few bytes may hold, or claim to hold, gigabytes.
// Threading: pure functions; an Unpacker belongs to one thread. Does not: choose levels (each
// library's default), or know what it packs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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

/// The plain bytes of packed ones, from the first on. Takes what the codec needs of its own: zstd
/// the window that the frame names (as much of it as has been filled), snappy one block, which of
/// its raw form is all of it, lz4 4 MiB, gzip 40 KiB.
class Unpacker {
 public:
  virtual ~Unpacker() = default;
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  /// Writes the next `room` bytes to `to`; fewer only where the bytes end, whole and undamaged.
  /// kCorrupt when they are damaged, cut short, or more than the limit; no more calls after that.
  Result<size_t> Read(char* to, size_t room);
  /// How many bytes there are in all, if the packed ones say so; 0 if not. They may lie.
  size_t claimed_size() const { return claimed_size_; }

 protected:
  Unpacker(Compression codec, size_t limit) : codec_(codec), limit_(limit) {}
  /// As Read, without a limit.
  virtual Result<size_t> Fill(char* to, size_t room) = 0;

  std::unexpected<Error> Damaged(std::string_view why) const;
  std::unexpected<Error> TooBig() const;
  size_t limit() const { return limit_; }
  void Claim(uint64_t size);

 private:
  const Compression codec_;
  const size_t limit_;
  size_t claimed_size_ = 0;
  size_t total_ = 0;
};

/// `packed` must outlive the unpacker. kInternal when there is no memory.
Result<std::unique_ptr<Unpacker>> Unpack(Compression codec, std::string_view packed,
                                         size_t limit = kMaxPlainBytes);

}  // namespace ticklake::kafka
