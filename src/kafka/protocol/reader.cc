#include "kafka/protocol/reader.h"

#include <cstring>

namespace ticklake::kafka::protocol {

void Reader::Fail(const char* what) {
  if (error_ == nullptr) {
    error_ = what;
    error_at_ = static_cast<size_t>(at_ - begin_);
  }
  at_ = end_;
}

Result<void> Reader::Finish() const {
  if (error_ == nullptr) return {};
  return ticklake::Fail(Code::kCorrupt, "malformed message: {} (at byte {} of {})", error_,
                        error_at_, end_ - begin_);
}

uint64_t Reader::Uvarint() {
  uint64_t value = 0;
  const char* next = ReadUvarint(at_, end_, &value);
  if (next == nullptr) {
    Fail("a varint is cut off or too long");
    return 0;
  }
  at_ = next;
  return value;
}

int64_t Reader::Length(bool flexible, bool wide) {
  int64_t length = 0;
  if (flexible) {
    const uint64_t raw = Uvarint();
    if (raw > uint64_t{0x7fffffff}) {
      Fail("a length beyond 2 GiB");
      return -1;
    }
    length = static_cast<int64_t>(raw) - 1;
    if (!ok()) return -1;
  } else {
    length = wide ? Fixed<int32_t>() : Fixed<int16_t>();
  }
  if (length < -1) {
    Fail("a negative length");
    return -1;
  }
  if (length > static_cast<int64_t>(remaining())) {
    Fail("a length beyond the end of the message");
    return -1;
  }
  return length;
}

int64_t Reader::ArrayCount() {
  // Every element takes at least one byte, so that Length's bound holds for counts too.
  const int64_t count = Length(flexible_, true);
  if (count > 0) elements_ += static_cast<size_t>(count);
  if (elements_ > kMaxElements) {
    Fail("more than 100000 array elements");
    return -1;
  }
  return count;
}

std::string_view Reader::Take(int64_t length) {
  const std::string_view data(at_, static_cast<size_t>(length));
  at_ += length;
  return data;
}

void Reader::String(bool flexible, std::optional<std::string>& field) {
  field.reset();
  const int64_t length = Length(flexible, false);
  if (length > static_cast<int64_t>(kMaxString)) return Fail("a string beyond 32767 bytes");
  if (length >= 0 && ok()) field.emplace(Take(length));
}

void Reader::operator()(std::optional<std::string>& field) { String(flexible_, field); }

void Reader::OldString(std::optional<std::string>& field) { String(false, field); }

void Reader::operator()(std::string& field) {
  std::optional<std::string> value;
  String(flexible_, value);
  if (!value) return Fail("a string that must not be null");
  field = std::move(*value);
}

void Reader::operator()(Bytes& field) {
  const int64_t length = Length(flexible_, true);
  field.data.clear();
  if (length > 0) field.data = Take(length);
}

void Reader::operator()(Records& field) {
  const int64_t length = Length(flexible_, true);
  field.slices.clear();
  field.null = length < 0;
  if (length > 0) field.slices.push_back({Take(length), nullptr});
}

void Reader::operator()(Uuid& field) {
  if (remaining() < field.bytes.size()) return Fail("the message ends within a UUID");
  std::memcpy(field.bytes.data(), at_, field.bytes.size());
  at_ += field.bytes.size();
}

void Reader::SkipTags() {
  const uint64_t count = Uvarint();
  for (uint64_t i = 0; i < count && ok(); ++i) {
    Uvarint();  // the tag
    const uint64_t size = Uvarint();
    if (size > remaining()) return Fail("a tagged field beyond the end of the message");
    at_ += size;
  }
}

}  // namespace ticklake::kafka::protocol
