#include "lake/rows/kafka_column.h"

#include <span>

#include "base/utf8.h"

namespace ticklake::lake {
template <class C>
C* KafkaColumn::Find(std::string_view name, ColumnKind kind) const {
  Column* const child = column_.Child(name);
  return child != nullptr && child->kind() == kind ? static_cast<C*>(child) : nullptr;
}

KafkaColumn::KafkaColumn(const iceberg::Field& field)
    : column_(ColumnKind::kStruct, field),
      epoch_(Find<IntColumn>("epoch", ColumnKind::kInt)),
      partition_(Find<IntColumn>("partition", ColumnKind::kInt)),
      offset_(Find<LongColumn>("offset", ColumnKind::kLong)),
      timestamp_(Find<LongColumn>("timestamp", ColumnKind::kTime)),
      key_(Find<StringColumn>("key", ColumnKind::kString)),
      headers_(Find<ListColumn>("headers", ColumnKind::kList)) {
  if (headers_ == nullptr || headers_->element().kind() != ColumnKind::kStruct) return;
  const auto& header = static_cast<StructColumn&>(headers_->element());
  header_name_ = static_cast<StringColumn*>(header.Child("name"));
  header_value_ = static_cast<StringColumn*>(header.Child("value"));
}

void KafkaColumn::AppendHeaders(const kafka::RecordChunk& chunk, const kafka::Record& record) {
  auto& element = static_cast<StructColumn&>(headers_->element());
  for (const kafka::Header& header :
       std::span(chunk.headers).subspan(record.header_begin, record.header_count)) {
    header_name_->Append(AsUtf8(header.name, scratch_));
    header_value_->PadTo(element.length());
    if (header.value) header_value_->Append(AsUtf8(*header.value, scratch_));
    element.Close();
  }
  headers_->Close();
}

void KafkaColumn::Append(const LogSource& source, const kafka::RecordChunk& chunk,
                         const kafka::Record& record) {
  const int64_t row = column_.length();
  if (epoch_ != nullptr) epoch_->Append(source.epoch);
  if (partition_ != nullptr) partition_->Append(source.partition);
  if (offset_ != nullptr) offset_->Append(record.offset);
  if (timestamp_ != nullptr && record.timestamp_ms >= 0 && HoldsTime(record.timestamp_ms)) {
    timestamp_->PadTo(row);
    timestamp_->Append(record.timestamp_ms * 1000);
  }
  if (key_ != nullptr && record.key) {
    key_->PadTo(row);
    key_->Append(AsUtf8(*record.key, scratch_));
  }
  if (header_name_ != nullptr && header_value_ != nullptr && record.header_count > 0) {
    headers_->PadTo(row);
    AppendHeaders(chunk, record);
  }
  column_.Close();
}

}  // namespace ticklake::lake
