#include "kafka/batch_builder.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "kafka/record_batch.h"

namespace ticklake::kafka {
namespace {

void AppendNullable(std::string& out, const std::optional<std::string_view>& bytes) {
  AppendVarint(out, bytes ? static_cast<int64_t>(bytes->size()) : -1);
  if (bytes) out += *bytes;
}

}  // namespace

void BatchBuilder::Add(const NewRecord& record) {
  if (count_ == 0) base_timestamp_ = max_timestamp_ = record.timestamp_ms;
  max_timestamp_ = std::max(max_timestamp_, record.timestamp_ms);
  std::string body(1, '\0');  // attributes
  AppendVarint(body, record.timestamp_ms - base_timestamp_);
  AppendVarint(body, next_delta_);
  AppendNullable(body, record.key);
  AppendNullable(body, record.value);
  AppendVarint(body, static_cast<int64_t>(record.headers.size()));
  for (const Header& header : record.headers) {
    AppendNullable(body, header.name);
    AppendNullable(body, header.value);
  }
  AppendVarint(records_, static_cast<int64_t>(body.size()));
  records_ += body;
  ++count_;
  ++next_delta_;
}

Result<std::string> BatchBuilder::Build() const {
  if (next_delta_ == 0) return Fail(Code::kInvalid, "record batch: nothing in it");
  TL_ASSIGN(const std::string packed, Compress(options_.compression, records_));
  auto attributes = static_cast<int16_t>(options_.compression);
  if (options_.transactional) attributes = static_cast<int16_t>(attributes | kTransactionalBit);
  if (options_.control) attributes = static_cast<int16_t>(attributes | kControlBit);

  std::string out;
  out.reserve(kBatchHeaderSize + packed.size());
  AppendBig<int64_t>(out, options_.base_offset);
  AppendBig<int32_t>(out, static_cast<int32_t>(kBatchHeaderSize - kLengthOverhead + packed.size()));
  AppendBig<int32_t>(out, -1);  // leader epoch: the broker's
  AppendBig<int8_t>(out, 2);    // magic
  AppendBig<uint32_t>(out, 0);  // CRC, below
  AppendBig<int16_t>(out, attributes);
  AppendBig<int32_t>(out, next_delta_ - 1);
  AppendBig<int64_t>(out, base_timestamp_);
  AppendBig<int64_t>(out, max_timestamp_);
  AppendBig<int64_t>(out, options_.producer_id);
  AppendBig<int16_t>(out, options_.producer_epoch);
  AppendBig<int32_t>(out, options_.base_sequence);
  AppendBig<int32_t>(out, count_);
  out += packed;
  StoreBig(out.data() + kCrcAt, Crc32c(std::string_view(out).substr(kAttributesAt)));
  return out;
}

}  // namespace ticklake::kafka
