// Bytes that claim to be record batches: what passes the checks must also be readable.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "kafka/record_batch.h"

namespace {

void TryBatch(std::string_view bytes) {
  const auto batch = ticklake::kafka::FirstBatch(bytes);
  if (!batch) return;
  const bool produced = ticklake::kafka::CheckProduced(*batch, 1 << 20).has_value();
  ticklake::kafka::RecordChunk chunk;
  const bool read = ticklake::kafka::AppendRecords(*batch, batch->base_offset(), chunk).has_value();
  if (produced && (!read || std::ssize(chunk.records) != batch->record_count())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace kafka = ticklake::kafka;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  TryBatch(bytes);
  // Once more with length and CRC put right, so that mutations reach the records.
  if (bytes.size() < kafka::kBatchHeaderSize) return 0;
  ticklake::StoreBig(bytes.data() + kafka::kLengthAt,
                     static_cast<int32_t>(bytes.size() - kafka::kLengthOverhead));
  bytes[kafka::kMagicAt] = 2;
  ticklake::StoreBig(bytes.data() + kafka::kCrcAt,
                     ticklake::Crc32c(std::string_view(bytes).substr(kafka::kAttributesAt)));
  TryBatch(bytes);
  return 0;
}
