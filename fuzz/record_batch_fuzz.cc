// Bytes that claim to be record batches: what passes the checks must also be readable.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "kafka/record_batch.h"

namespace {

namespace kafka = ticklake::kafka;

void TryBatch(std::string_view bytes) {
  const auto batch = kafka::FirstBatch(bytes);
  if (!batch) return;
  const bool produced = kafka::CheckProduced(*batch, 1 << 20).has_value();
  kafka::RecordChunk chunk;
  const bool read = kafka::AppendRecords(*batch, batch->base_offset(), chunk).has_value();
  if (produced && (!read || std::ssize(chunk.records) != batch->record_count())) std::abort();
}

// Puts length, magic and CRC right.
void Mend(std::string& bytes) {
  ticklake::StoreBig(bytes.data() + kafka::kLengthAt,
                     static_cast<int32_t>(bytes.size() - kafka::kLengthOverhead));
  bytes[kafka::kMagicAt] = 2;
  ticklake::StoreBig(bytes.data() + kafka::kCrcAt,
                     ticklake::Crc32c(std::string_view(bytes).substr(kafka::kAttributesAt)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  TryBatch(bytes);
  // Once more with length and CRC put right, so that mutations reach the records.
  if (bytes.size() < kafka::kBatchHeaderSize) return 0;
  Mend(bytes);
  TryBatch(bytes);
  // And with the records packed by the codec that the header names, so that they get through it.
  const auto codec = static_cast<kafka::Compression>(bytes[kafka::kAttributesAt + 1] & 7);
  const auto packed =
      kafka::Compress(codec, std::string_view(bytes).substr(kafka::kBatchHeaderSize));
  if (codec == kafka::Compression::kNone || !packed) return 0;
  bytes.replace(kafka::kBatchHeaderSize, std::string::npos, *packed);
  Mend(bytes);
  TryBatch(bytes);
  return 0;
}
