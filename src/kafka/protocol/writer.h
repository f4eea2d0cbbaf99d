// Writer: encodes one Kafka message.
//
// Mirrors Reader: the same lists of fields, see there. Record batches are not copied: they are
// kept as splices, to be sent by a gathering write between the encoded bytes.
// Threading: belongs to one thread. Does not fail: a message that was built by the broker is
// encodable (strings beyond 32767 bytes, which only a message text could be, are cut).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/uuid.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/wire_types.h"

namespace ticklake::kafka::protocol {

class Writer {
 public:
  /// A slice that belongs before byte `at` of the encoded bytes.
  struct Splice {
    size_t at = 0;
    Slice slice;
  };

  Writer(int version, bool flexible) : version_(version), flexible_(flexible) {}

  int version() const { return version_; }
  bool flexible() const { return flexible_; }

  template <class T>
  void operator()(const T& field) {
    if constexpr (std::is_same_v<T, bool>) {
      AppendBig<int8_t>(bytes_, field ? 1 : 0);
    } else if constexpr (std::is_same_v<T, ErrorCode>) {
      AppendBig<int16_t>(bytes_, static_cast<int16_t>(field));
    } else if constexpr (std::is_integral_v<T>) {
      AppendBig<T>(bytes_, field);
    } else {
      T::Fields(*this, field);
      if (flexible_) NoTags();
    }
  }
  void operator()(const std::string& field);
  void operator()(const std::optional<std::string>& field);
  void operator()(const Bytes& field);
  void operator()(const Records& field);
  void operator()(const Uuid& field);

  template <class T>
  void operator()(const std::vector<T>& field) {
    Length(static_cast<int64_t>(field.size()), true);
    for (const T& element : field) (*this)(element);
  }
  template <class T>
  void operator()(const std::optional<std::vector<T>>& field) {
    if (!field) return Length(-1, true);
    (*this)(*field);
  }
  void OldString(const std::optional<std::string>& field);
  void NoTags() { bytes_.push_back('\0'); }

  /// Bytes of the whole message, splices included.
  size_t size() const { return bytes_.size() + spliced_; }
  std::string& bytes() { return bytes_; }
  std::vector<Splice>& splices() { return splices_; }
  /// The message in one piece (tests, small messages); without what lies in files.
  std::string Flatten() const;

 private:
  void Length(int64_t length, bool wide);

  std::string bytes_;
  std::vector<Splice> splices_;
  size_t spliced_ = 0;
  int version_;
  bool flexible_;
};

}  // namespace ticklake::kafka::protocol
