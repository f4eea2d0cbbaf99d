#include "market/replay/unpack.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace ticklake::market {
namespace {

// The packed bytes, piece by piece.
class Packed : public ByteSource {
 public:
  explicit Packed(std::unique_ptr<ByteSource> from) : from_(std::move(from)), piece_(64 << 10) {}

  uint64_t consumed() const override { return from_->consumed(); }
  uint64_t total() const override { return from_->total(); }

 protected:
  // False at the end of the packed bytes.
  Result<bool> Refill() {
    if (begin_ < end_) return true;
    begin_ = 0;
    TL_ASSIGN(end_, from_->Read(piece_.data(), piece_.size()));
    return end_ > 0;
  }
  std::unexpected<Error> CutShort(std::string_view format) const {
    return Fail(Code::kCorrupt,
                "the file is cut short: its {} data ends after {} bytes, in the middle", format,
                consumed());
  }
  std::unexpected<Error> Damaged(std::string_view format, std::string_view why) const {
    return Fail(Code::kCorrupt, "its {} data is damaged near byte {}: {}", format, consumed(), why);
  }

  std::unique_ptr<ByteSource> from_;
  std::vector<char> piece_;
  size_t begin_ = 0;  // of what is not used yet
  size_t end_ = 0;
};

class Gunzip final : public Packed {
 public:
  explicit Gunzip(std::unique_ptr<ByteSource> from) : Packed(std::move(from)) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  ~Gunzip() override { inflateEnd(&stream_); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  Result<size_t> Read(char* buffer, size_t size) override {
    if (!ready_) return Fail(Code::kInternal, "gzip: zlib did not start");
    const auto room = static_cast<uInt>(std::min<size_t>(size, 1 << 30));
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = room;
    while (stream_.avail_out == room) {
      TL_ASSIGN(const bool more, Refill());
      if (!more && inside_) return CutShort("gzip");
      if (!more) return 0;
      inside_ = true;
      stream_.next_in = reinterpret_cast<Bytef*>(piece_.data() + begin_);
      stream_.avail_in = static_cast<uInt>(end_ - begin_);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      begin_ = end_ - stream_.avail_in;
      if (status == Z_STREAM_END) {
        inside_ = false;
        inflateReset(&stream_);
      } else if (status != Z_OK) {
        return Damaged("gzip", stream_.msg == nullptr ? "unreadable" : stream_.msg);
      }
    }
    return room - stream_.avail_out;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
  bool inside_ = false;  // of a member
};

class Unzstd final : public Packed {
 public:
  explicit Unzstd(std::unique_ptr<ByteSource> from)
      : Packed(std::move(from)), context_(ZSTD_createDCtx()) {}
  ~Unzstd() override { ZSTD_freeDCtx(context_); }
  Unzstd(const Unzstd&) = delete;
  Unzstd& operator=(const Unzstd&) = delete;

  Result<size_t> Read(char* buffer, size_t size) override {
    if (context_ == nullptr) return Fail(Code::kInternal, "zstd: the library did not start");
    ZSTD_outBuffer out{buffer, size, 0};
    while (out.pos == 0) {
      TL_ASSIGN(const bool more, Refill());
      if (!more && !inside_) return 0;
      // Without input too: the library may still hold what did not fit into the last buffer.
      ZSTD_inBuffer in{piece_.data(), end_, begin_};
      const size_t left = ZSTD_decompressStream(context_, &out, &in);
      begin_ = in.pos;
      if (ZSTD_isError(left) != 0) return Damaged("zstd", ZSTD_getErrorName(left));
      inside_ = left != 0;
      if (!more && out.pos == 0 && inside_) return CutShort("zstd");
    }
    return out.pos;
  }

 private:
  ZSTD_DCtx* context_;
  bool inside_ = false;  // of a frame
};

bool BeginsLikeZstd(std::string_view head) {
  if (head.size() < 4) return false;
  const bool skippable = (head[0] & '\xF0') == '\x50' && head.substr(1, 3) == "\x2A\x4D\x18";
  return skippable || head.substr(0, 4) == "\x28\xB5\x2F\xFD";
}

}  // namespace

Result<std::unique_ptr<ByteSource>> Unpacked(std::unique_ptr<ByteSource> raw) {
  const auto enough = [](std::string_view head) { return head.size() >= 4; };
  TL_ASSIGN(Peeked peeked, Peek(std::move(raw), enough));
  if (peeked.head.starts_with("\x1F\x8B")) return std::make_unique<Gunzip>(std::move(peeked.whole));
  if (BeginsLikeZstd(peeked.head)) return std::make_unique<Unzstd>(std::move(peeked.whole));
  return std::move(peeked.whole);
}

}  // namespace ticklake::market
