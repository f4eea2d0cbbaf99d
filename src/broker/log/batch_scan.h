// Walking over the batches of a file, header by header or whole, and finding the next intact one
// after damage.
//
// Threading: one object belongs to one thread; the file may be appended to meanwhile, beyond
// `limit`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fs.h"
#include "broker/log/segment_index.h"
#include "kafka/record_batch.h"

namespace ticklake::broker {

/// Reads a header's bytes (at least kBatchHeaderSize of them); nullopt when they cannot be one.
std::optional<IndexedBatch> PeekHeader(std::string_view bytes, uint64_t position);

class BatchScan {
 public:
  /// Reads below `limit` only, `window` bytes at a time. The file outlives this.
  BatchScan(File& file, uint64_t limit, size_t window)
      : file_(file), limit_(limit), window_(window) {}

  /// At least min(size, limit - position) bytes from `position` on; valid until the next call.
  Result<std::string_view> Bytes(uint64_t position, size_t size);
  /// The header at `position`; nullopt when there is none that fits below the limit. kIo.
  Result<std::optional<IndexedBatch>> Header(uint64_t position);
  /// The whole batch at `position`, checked (CRC, counts); nullopt as Header, or damaged.
  /// The view is valid until the next call.
  Result<std::optional<kafka::RecordBatch>> Whole(uint64_t position);
  /// The first intact batch at or after `position` whose offset is in [min_offset, min_offset +
  /// 2^31); nullopt if there is none.
  Result<std::optional<IndexedBatch>> FindIntact(uint64_t position, int64_t min_offset);
  /// The batch that holds `offset`, or the first after it, walking from `position` and stepping
  /// over damage; nullopt if none is left.
  Result<std::optional<IndexedBatch>> Seek(uint64_t position, int64_t offset);

 private:
  /// Whether a header's length and count agree with the next header, or else with its own batch.
  Result<bool> FitsWhatFollows(const IndexedBatch& batch);

  File& file_;
  const uint64_t limit_;
  const size_t window_;
  std::string buffer_;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
};

}  // namespace ticklake::broker
