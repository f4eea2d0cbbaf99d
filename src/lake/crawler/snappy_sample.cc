#include "lake/crawler/snappy_sample.h"

#include <snappy.h>

namespace ticklake::lake::crawler {
namespace {

constexpr std::string_view kFrameMagic("\xff\x06\x00\x00sNaPpY", 10);
constexpr uint32_t kMostUnpacked = 64 << 20;  // bytes of one chunk

uint32_t BigEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (const char c : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::unexpected<Error> Damaged() { return Fail(Code::kCorrupt, "damaged Snappy data"); }

Result<void> AppendRaw(std::string_view packed, std::string& out) {
  size_t size = 0;
  const bool told = snappy::GetUncompressedLength(packed.data(), packed.size(), &size);
  if (!told || size > kMostUnpacked) return Damaged();
  const size_t before = out.size();
  out.resize(before + size);
  if (snappy::RawUncompress(packed.data(), packed.size(), out.data() + before)) return {};
  return Damaged();
}

bool LooksLikeHadoop(std::string_view stored) {
  if (stored.size() < 9) return false;
  const uint32_t unpacked = BigEndian(stored);
  const uint32_t packed = BigEndian(stored.substr(4));
  size_t first = 0;
  return unpacked > 0 && unpacked <= kMostUnpacked && packed > 0 && packed <= kMostUnpacked &&
         snappy::GetUncompressedLength(stored.data() + 8, stored.size() - 8, &first) && first > 0 &&
         first <= unpacked;
}

// One piece of data after the other, until the limit or what was given ends.
class Unpacker {
 public:
  Unpacker(std::string_view stored, size_t limit)
      : rest_(stored), size_(stored.size()), limit_(limit) {}

  Result<SnappyText> Framed() {
    constexpr size_t kHead = 4;      // type and length
    constexpr size_t kChecksum = 4;  // not looked at: what is damaged shows in the unpacking
    while (rest_.size() >= kHead && made_.text.size() < limit_) {
      const auto type = static_cast<unsigned char>(rest_[0]);
      const size_t length = static_cast<unsigned char>(rest_[1]) |
                            static_cast<size_t>(static_cast<unsigned char>(rest_[2])) << 8 |
                            static_cast<size_t>(static_cast<unsigned char>(rest_[3])) << 16;
      if (rest_.size() < kHead + length) break;
      const std::string_view body = rest_.substr(kHead, length);
      if (type <= 1) {
        if (body.size() < kChecksum) return Damaged();
        const std::string_view data = body.substr(kChecksum);
        if (type == 1) made_.text += data;
        if (type == 0) TL_TRY(AppendRaw(data, made_.text));
      } else if (type < 0x80) {
        return Damaged();  // reserved, and not to be passed over
      }
      Take(kHead + length);
    }
    return Done();
  }

  Result<SnappyText> Hadoop() {
    while (rest_.size() >= 8 && made_.text.size() < limit_) {
      const size_t until = made_.text.size() + BigEndian(rest_);
      size_t at = 4;
      while (made_.text.size() < until) {
        if (rest_.size() < at + 4) return Done();
        const uint32_t packed = BigEndian(rest_.substr(at));
        if (rest_.size() < at + 4 + packed) return Done();
        TL_TRY(AppendRaw(rest_.substr(at + 4, packed), made_.text));
        at += 4 + packed;
      }
      if (made_.text.size() > until) return Damaged();
      Take(at);
    }
    return Done();
  }

  Result<SnappyText> Raw() {
    TL_TRY(AppendRaw(rest_, made_.text));
    Take(rest_.size());
    return Done();
  }

 private:
  void Take(size_t size) {
    rest_.remove_prefix(size);
    made_.consumed = size_ - rest_.size();
  }

  SnappyText Done() {
    made_.whole = rest_.empty() && made_.text.size() <= limit_;
    if (made_.text.size() > limit_) made_.text.resize(limit_);
    return std::move(made_);
  }

  std::string_view rest_;
  const size_t size_;
  const size_t limit_;
  SnappyText made_;
};

}  // namespace

SnappyForm SnappyFormOf(std::string_view stored, bool all_given) {
  if (stored.starts_with(kFrameMagic)) return SnappyForm::kFramed;
  if (LooksLikeHadoop(stored)) return SnappyForm::kHadoop;
  const bool raw = all_given && stored.size() > 4 &&
                   snappy::IsValidCompressedBuffer(stored.data(), stored.size());
  return raw ? SnappyForm::kRaw : SnappyForm::kNone;
}

Result<SnappyText> UnpackSnappy(std::string_view stored, SnappyForm form, size_t limit) {
  Unpacker unpacker(stored, limit);
  switch (form) {
    case SnappyForm::kFramed: return unpacker.Framed();
    case SnappyForm::kHadoop: return unpacker.Hadoop();
    default: return unpacker.Raw();
  }
}

}  // namespace ticklake::lake::crawler
