#include "kafka/protocol/writer.h"

namespace ticklake::kafka::protocol {
namespace {

constexpr size_t kMaxString = 0x7fff;

}  // namespace

void Writer::Length(int64_t length, bool wide) {
  if (flexible_) {
    AppendUvarint(bytes_, static_cast<uint64_t>(length + 1));
  } else if (wide) {
    AppendBig<int32_t>(bytes_, static_cast<int32_t>(length));
  } else {
    AppendBig<int16_t>(bytes_, static_cast<int16_t>(length));
  }
}

void Writer::operator()(const std::string& field) {
  const std::string_view text = std::string_view(field).substr(0, kMaxString);
  Length(static_cast<int64_t>(text.size()), false);
  bytes_.append(text);
}

void Writer::operator()(const std::optional<std::string>& field) {
  if (!field) return Length(-1, false);
  (*this)(*field);
}

void Writer::OldString(const std::optional<std::string>& field) {
  const bool flexible = std::exchange(flexible_, false);
  (*this)(field);
  flexible_ = flexible;
}

void Writer::operator()(const Bytes& field) {
  Length(static_cast<int64_t>(field.data.size()), true);
  bytes_.append(field.data);
}

void Writer::operator()(const Records& field) {
  if (field.null) return Length(-1, true);
  Length(static_cast<int64_t>(field.size()), true);
  for (const Slice& slice : field.slices) {
    splices_.push_back({bytes_.size(), slice});
    spliced_ += slice.size();
  }
}

void Writer::operator()(const Uuid& field) {
  for (const uint8_t byte : field.bytes) bytes_.push_back(static_cast<char>(byte));
}

std::string Writer::Flatten() const {
  std::string whole;
  whole.reserve(size());
  size_t from = 0;
  for (const Splice& splice : splices_) {
    whole.append(bytes_, from, splice.at - from);
    whole.append(splice.slice.data);
    from = splice.at;
  }
  whole.append(bytes_, from);
  return whole;
}

}  // namespace ticklake::kafka::protocol
