// Reader: decodes one Kafka message from borrowed bytes.
//
// A message lists its fields once (`Fields(io, message)`), and Reader and Writer both walk that
// list; whether lengths are compact and tagged fields follow (KIP-482) is known here only.
// The first contradiction makes the Reader fail for good: later fields read as zero or empty, and
// Finish() tells. Every length is checked against the bytes that are left before anything is
// allocated, and a message holds at most kMaxElements array elements.
// Threading: belongs to one thread. Unknown tagged fields are skipped. Bytes after the last field
// are ignored, as Apache Kafka does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/wire_types.h"

namespace ticklake::kafka::protocol {

class Reader {
 public:
  static constexpr size_t kMaxElements =
      100'000;  // they take some 200 bytes each with their answer
  static constexpr size_t kMaxString = 0x7fff;

  /// `bytes` must outlive the Reader and the Records it decodes.
  Reader(std::string_view bytes, int version, bool flexible)
      : begin_(bytes.data()),
        at_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        version_(version),
        flexible_(flexible) {}

  int version() const { return version_; }
  bool flexible() const { return flexible_; }
  bool ok() const { return error_ == nullptr; }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  /// Of all arrays so far.
  size_t elements() const { return elements_; }
  std::string_view rest() const { return {at_, remaining()}; }

  /// Reads a field of any wire type or struct.
  template <class T>
  void operator()(T& field) {
    if constexpr (std::is_same_v<T, bool>) {
      field = Fixed<int8_t>() != 0;
    } else if constexpr (std::is_same_v<T, ErrorCode>) {
      field = static_cast<ErrorCode>(Fixed<int16_t>());
    } else if constexpr (std::is_integral_v<T>) {
      field = Fixed<T>();
    } else {
      T::Fields(*this, field);
      if (flexible_) SkipTags();
    }
  }
  void operator()(std::string& field);
  void operator()(std::optional<std::string>& field);
  void operator()(Bytes& field);
  void operator()(Records& field);
  void operator()(Uuid& field);

  template <class T>
  void operator()(std::vector<T>& field) {
    const int64_t count = ArrayCount();
    if (count < 0) return Fail("an array that must not be null");
    Elements(count, field);
  }
  template <class T>
  void operator()(std::optional<std::vector<T>>& field) {
    const int64_t count = ArrayCount();
    field.reset();
    if (count < 0 || !ok()) return;
    Elements(count, field.emplace());
  }
  /// A string that stays in its old encoding (the client id of the request header).
  void OldString(std::optional<std::string>& field);
  void SkipTags();

  /// kCorrupt, with the position, if anything read so far contradicted the format.
  Result<void> Finish() const;

 private:
  template <class T>
  T Fixed() {
    if (remaining() < sizeof(T)) {
      Fail("the message ends within a number");
      return 0;
    }
    const T value = LoadBig<T>(at_);
    at_ += sizeof(T);
    return value;
  }
  template <class T>
  void Elements(int64_t count, std::vector<T>& field) {
    field.clear();
    for (int64_t i = 0; i < count && ok(); ++i) (*this)(field.emplace_back());
  }

  void Fail(const char* what);
  uint64_t Uvarint();
  // Length of a string or bytes, -1 for null; never more than what is left.
  int64_t Length(bool flexible, bool wide);
  int64_t ArrayCount();
  std::string_view Take(int64_t length);
  void String(bool flexible, std::optional<std::string>& field);

  const char* begin_;
  const char* at_;
  const char* end_;
  int version_;
  bool flexible_;
  size_t elements_ = 0;
  const char* error_ = nullptr;
  size_t error_at_ = 0;
};

}  // namespace ticklake::kafka::protocol
