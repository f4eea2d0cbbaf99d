#include "store/buckets/facts_codec.h"

#include <optional>
#include <utility>

#include "base/bytes.h"

namespace ticklake::store {
namespace {

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool done() const { return at_ == end_; }
  std::optional<uint64_t> Number() {
    uint64_t value = 0;
    const char* next = ReadUvarint(at_, end_, &value);
    if (next == nullptr) return std::nullopt;
    at_ = next;
    return value;
  }
  std::optional<std::string> Text() {
    const auto size = Number();
    if (!size || *size > static_cast<uint64_t>(end_ - at_)) return std::nullopt;
    std::string text(at_, *size);
    at_ += *size;
    return text;
  }

 private:
  const char* at_;
  const char* end_;
};

std::unexpected<Error> Damaged(std::string_view what) {
  return Fail(Code::kCorrupt, "bucket index: {} that are no such; restore it from a copy", what);
}

}  // namespace

std::string EncodeFacts(const Facts& facts) {
  std::string bytes;
  for (const auto& [name, value] : facts) {
    for (const std::string* text : {&name, &value}) {
      AppendUvarint(bytes, text->size());
      bytes += *text;
    }
  }
  return bytes;
}

Result<Facts> DecodeFacts(std::string_view bytes) {
  Facts facts;
  Decoder decoder(bytes);
  while (!decoder.done()) {
    auto name = decoder.Text();
    auto value = name ? decoder.Text() : std::nullopt;
    if (!value) return Damaged("facts of an object");
    facts.emplace(std::move(*name), std::move(*value));
  }
  return facts;
}

std::string EncodeSizes(const std::vector<uint64_t>& sizes) {
  std::string bytes;
  for (const uint64_t size : sizes) AppendUvarint(bytes, size);
  return bytes;
}

Result<std::vector<uint64_t>> DecodeSizes(std::string_view bytes) {
  std::vector<uint64_t> sizes;
  Decoder decoder(bytes);
  while (!decoder.done()) {
    const auto size = decoder.Number();
    if (!size) return Damaged("sizes of parts");
    sizes.push_back(*size);
  }
  return sizes;
}

}  // namespace ticklake::store
