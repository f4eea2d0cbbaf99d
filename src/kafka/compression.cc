#include "kafka/compression.h"

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/bytes.h"

namespace ticklake::kafka {
namespace {

constexpr std::array<const char*, 5> kNames = {"none", "gzip", "snappy", "lz4", "zstd"};

Bytef* AsZlib(const char* p) { return reinterpret_cast<Bytef*>(const_cast<char*>(p)); }

Result<std::string> Gzip(std::string_view plain) {
  constexpr int kGzipWindow = 15 + 16;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return Fail(Code::kInternal, "gzip: out of memory");
  }
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = AsZlib(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = AsZlib(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) return Fail(Code::kInternal, "gzip: deflate returned {}", status);
  return packed;
}

class PlainUnpacker final : public Unpacker {
 public:
  PlainUnpacker(std::string_view bytes, size_t limit)
      : Unpacker(Compression::kNone, limit), rest_(bytes) {
    Claim(bytes.size());
  }

 private:
  Result<size_t> Fill(char* to, size_t room) override {
    const size_t size = rest_.copy(to, room);
    rest_.remove_prefix(size);
    return size;
  }

  std::string_view rest_;
};

class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker(std::string_view packed, size_t limit) : Unpacker(Compression::kGzip, limit) {
    stream_.next_in = AsZlib(packed.data());
    stream_.avail_in = static_cast<uInt>(packed.size());
    constexpr int kAnyWindow = 15 + 32;  // gzip or zlib header
    ready_ = inflateInit2(&stream_, kAnyWindow) == Z_OK;
  }
  ~GzipUnpacker() override { inflateEnd(&stream_); }
  bool ready() const { return ready_; }

 private:
  Result<size_t> Fill(char* to, size_t room) override {
    stream_.next_out = AsZlib(to);
    stream_.avail_out = static_cast<uInt>(room);
    while (stream_.avail_out > 0 && !ended_) {
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        ended_ = stream_.avail_in == 0;
        if (!ended_) inflateReset(&stream_);  // another member follows
      } else if (status != Z_OK && !(status == Z_BUF_ERROR && stream_.avail_out == 0)) {
        return Damaged(status == Z_BUF_ERROR ? "cut short" : "damaged");
      } else if (stream_.avail_in == 0 && stream_.avail_out != 0) {
        return Damaged("cut short");
      }
    }
    return room - stream_.avail_out;
  }

  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;
};

// https://github.com/xerial/snappy-java: magic, two versions, then blocks with 4-byte lengths.
constexpr std::string_view kXerialMagic("\x82SNAPPY\0", 8);
constexpr size_t kXerialHeader = 16;

/// One block, which is all of it, or the blocks of Java's framing.
class SnappyUnpacker final : public Unpacker {
 public:
  SnappyUnpacker(std::string_view packed, size_t limit)
      : Unpacker(Compression::kSnappy, limit),
        rest_(packed),
        framed_(packed.starts_with(kXerialMagic)) {
    if (framed_) {
      rest_.remove_prefix(std::min(rest_.size(), kXerialHeader));
      cut_short_ = packed.size() < kXerialHeader;
      ended_ = rest_.empty();
      return;
    }
    size_t size = 0;
    if (snappy::GetUncompressedLength(packed.data(), packed.size(), &size)) Claim(size);
  }

 private:
  Result<size_t> Fill(char* to, size_t room) override {
    if (cut_short_) return Damaged("cut short");
    size_t done = 0;
    while (done < room) {
      if (taken_ < block_.size()) {
        const size_t some = block_.copy(to + done, room - done, taken_);
        taken_ += some;
        done += some;
        continue;
      }
      block_ = {};
      taken_ = 0;
      if (ended_) break;
      TL_ASSIGN(const std::string_view packed, NextBlock());
      TL_ASSIGN(const size_t wrote, UnpackBlock(packed, to + done, room - done));
      done += wrote;
    }
    return done;
  }

  Result<std::string_view> NextBlock() {
    size_t size = rest_.size();
    if (framed_) {
      if (rest_.size() < 4) return Damaged("cut short");
      size = LoadBig<uint32_t>(rest_.data());
      rest_.remove_prefix(4);
      if (size > rest_.size()) return Damaged("cut short");
    }
    const std::string_view block = rest_.substr(0, size);
    rest_.remove_prefix(size);
    ended_ = rest_.empty();
    return block;
  }

  /// Straight to where it is wanted if it fits there, else into block_.
  Result<size_t> UnpackBlock(std::string_view packed, char* to, size_t room) {
    size_t size = 0;
    if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &size)) {
      return Damaged("damaged length");
    }
    if (size > limit()) return TooBig();
    bool fine = false;
    if (size <= room) {
      fine = snappy::RawUncompress(packed.data(), packed.size(), to);
    } else {
      block_.resize_and_overwrite(size, [&](char* data, size_t) {
        fine = snappy::RawUncompress(packed.data(), packed.size(), data);
        return size;
      });
    }
    if (!fine) return Damaged("damaged");
    return size <= room ? size : 0;
  }

  std::string_view rest_;
  const bool framed_;
  bool cut_short_ = false;
  bool ended_ = false;
  std::string block_;
  size_t taken_ = 0;  ///< of block_
};

Result<std::string> Lz4(std::string_view plain) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;  // what Java can read
  std::string packed(LZ4F_compressFrameBound(plain.size(), &preferences), '\0');
  const size_t size =
      LZ4F_compressFrame(packed.data(), packed.size(), plain.data(), plain.size(), &preferences);
  if (LZ4F_isError(size) != 0) return Fail(Code::kInternal, "lz4: {}", LZ4F_getErrorName(size));
  packed.resize(size);
  return packed;
}

class Lz4Unpacker final : public Unpacker {
 public:
  Lz4Unpacker(std::string_view packed, size_t limit)
      : Unpacker(Compression::kLz4, limit), rest_(packed) {
    LZ4F_dctx* raw = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)) == 0) context_.reset(raw);
  }
  bool ready() const { return context_ != nullptr; }

 private:
  Result<size_t> Fill(char* to, size_t room) override {
    size_t done = 0;
    while (done < room && !ended_) {
      size_t wrote = room - done;
      size_t read = rest_.size();
      const size_t wanted =
          LZ4F_decompress(context_.get(), to + done, &wrote, rest_.data(), &read, nullptr);
      if (LZ4F_isError(wanted) != 0) return Damaged(LZ4F_getErrorName(wanted));
      done += wrote;
      rest_.remove_prefix(read);
      ended_ = rest_.empty() && wanted == 0;  // 0: a frame has ended
      if (!ended_ && read == 0 && wrote == 0) return Damaged("cut short");
    }
    return done;
  }

  struct Free {
    void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
  };
  std::unique_ptr<LZ4F_dctx, Free> context_;
  std::string_view rest_;
  bool ended_ = false;
};

Result<std::string> Zstd(std::string_view plain) {
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  const size_t size =
      ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size) != 0) return Fail(Code::kInternal, "zstd: {}", ZSTD_getErrorName(size));
  packed.resize(size);
  return packed;
}

class ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker(std::string_view packed, size_t limit)
      : Unpacker(Compression::kZstd, limit),
        context_(ZSTD_createDCtx()),
        in_{packed.data(), packed.size(), 0} {
    const uint64_t size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (size != ZSTD_CONTENTSIZE_UNKNOWN && size != ZSTD_CONTENTSIZE_ERROR) Claim(size);
  }
  bool ready() const { return context_ != nullptr; }

 private:
  Result<size_t> Fill(char* to, size_t room) override {
    ZSTD_outBuffer out{to, room, 0};
    while (out.pos < room && !ended_) {
      const size_t read = in_.pos;
      const size_t wrote = out.pos;
      const size_t wanted = ZSTD_decompressStream(context_.get(), &out, &in_);
      if (ZSTD_isError(wanted) != 0) return Damaged(ZSTD_getErrorName(wanted));
      ended_ = in_.pos == in_.size && wanted == 0;  // 0: a frame has ended, all of it is written
      if (!ended_ && in_.pos == read && out.pos == wrote) return Damaged("cut short");
    }
    return out.pos;
  }

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  const std::unique_ptr<ZSTD_DCtx, Free> context_;
  ZSTD_inBuffer in_;
  bool ended_ = false;
};

template <class T>
Result<std::unique_ptr<Unpacker>> Make(std::string_view packed, size_t limit) {
  auto made = std::make_unique<T>(packed, limit);
  if constexpr (requires { made->ready(); }) {
    if (!made->ready()) return Fail(Code::kInternal, "decompression: out of memory");
  }
  return made;
}

}  // namespace

const char* CompressionName(Compression codec) { return kNames.at(static_cast<size_t>(codec)); }

Result<Compression> ParseCompression(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found != kNames.end()) return static_cast<Compression>(found - kNames.begin());
  return Fail(Code::kInvalid, "compression '{}': unknown; one of none, gzip, snappy, lz4, zstd",
              name);
}

Result<std::string> Compress(Compression codec, std::string_view plain) {
  switch (codec) {
    case Compression::kNone: return std::string(plain);
    case Compression::kGzip: return Gzip(plain);
    case Compression::kSnappy: {
      std::string packed;
      snappy::Compress(plain.data(), plain.size(), &packed);
      return packed;
    }
    case Compression::kLz4: return Lz4(plain);
    case Compression::kZstd: return Zstd(plain);
  }
  return Fail(Code::kInvalid, "compression {}: unknown", static_cast<int>(codec));
}

std::unexpected<Error> Unpacker::Damaged(std::string_view why) const {
  return Fail(Code::kCorrupt, "{} data: {}", CompressionName(codec_), why);
}

std::unexpected<Error> Unpacker::TooBig() const {
  return Fail(Code::kCorrupt, "{} data: more than {} bytes when decompressed",
              CompressionName(codec_), limit_);
}

void Unpacker::Claim(uint64_t size) {
  if (size <= limit_) claimed_size_ = static_cast<size_t>(size);
}

Result<size_t> Unpacker::Read(char* to, size_t room) {
  // One byte beyond the limit tells "just fits" from "too big".
  TL_ASSIGN(const size_t got, Fill(to, std::min(room, limit_ - total_ + 1)));
  total_ += got;
  if (total_ > limit_) return TooBig();
  return got;
}

Result<std::unique_ptr<Unpacker>> Unpack(Compression codec, std::string_view packed, size_t limit) {
  switch (codec) {
    case Compression::kNone: return Make<PlainUnpacker>(packed, limit);
    case Compression::kGzip: return Make<GzipUnpacker>(packed, limit);
    case Compression::kSnappy: return Make<SnappyUnpacker>(packed, limit);
    case Compression::kLz4: return Make<Lz4Unpacker>(packed, limit);
    case Compression::kZstd: return Make<ZstdUnpacker>(packed, limit);
  }
  return Fail(Code::kCorrupt, "compression {}: unknown", static_cast<int>(codec));
}

}  // namespace ticklake::kafka
