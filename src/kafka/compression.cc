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

std::unexpected<Error> Damaged(Compression codec, std::string_view why) {
  return Fail(Code::kCorrupt, "{} data: {}", CompressionName(codec), why);
}

std::unexpected<Error> TooBig(Compression codec, size_t limit) {
  return Fail(Code::kCorrupt, "{} data: more than {} bytes when decompressed",
              CompressionName(codec), limit);
}

/// A string that grows by doubling up to a limit, without zeroing what is about to be written.
class Output {
 public:
  Output(size_t hint, size_t limit) : limit_(limit) { Resize(std::clamp<size_t>(hint, 1, limit_)); }

  char* free() { return data_.data() + used_; }
  size_t room() const { return data_.size() - used_; }
  void Wrote(size_t bytes) { used_ += bytes; }
  /// Makes room; false when the limit is reached.
  bool Grow() {
    if (room() > 0) return true;
    if (data_.size() >= limit_) return false;
    Resize(std::min(limit_, data_.size() * 2));
    return true;
  }
  std::string Take() {
    Resize(used_);
    return std::move(data_);
  }

 private:
  // gcc 12's library may pass more than the size asked for.
  void Resize(size_t size) {
    data_.resize_and_overwrite(size, [size](char*, size_t) { return size; });
  }

  const size_t limit_;
  std::string data_;
  size_t used_ = 0;
};

// One byte beyond the limit tells "just fits" from "too big".
Output OutputFor(std::string_view packed, size_t limit) {
  return {std::max<size_t>(packed.size() * 4, 4096), limit + 1};
}

Result<std::string> Finish(Compression codec, Output& out, size_t limit) {
  std::string plain = out.Take();
  if (plain.size() > limit) return TooBig(codec, limit);
  return plain;
}

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

Result<std::string> Gunzip(std::string_view packed, size_t limit) {
  constexpr int kAnyWindow = 15 + 32;  // gzip or zlib header
  z_stream stream{};
  if (inflateInit2(&stream, kAnyWindow) != Z_OK) {
    return Fail(Code::kInternal, "gzip: out of memory");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, inflateEnd);
  stream.next_in = AsZlib(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  Output out = OutputFor(packed, limit);
  while (true) {
    if (!out.Grow()) return TooBig(Compression::kGzip, limit);
    const auto room = static_cast<uInt>(out.room());
    stream.next_out = AsZlib(out.free());
    stream.avail_out = room;
    const int status = inflate(&stream, Z_NO_FLUSH);
    out.Wrote(room - stream.avail_out);
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0) return Finish(Compression::kGzip, out, limit);
      inflateReset(&stream);  // another member follows
    } else if (status != Z_OK && !(status == Z_BUF_ERROR && stream.avail_out == 0)) {
      return Damaged(Compression::kGzip, status == Z_BUF_ERROR ? "cut short" : "damaged");
    } else if (stream.avail_in == 0 && stream.avail_out != 0) {
      return Damaged(Compression::kGzip, "cut short");
    }
  }
}

// https://github.com/xerial/snappy-java: magic, two versions, then blocks with 4-byte lengths.
constexpr std::string_view kXerialMagic("\x82SNAPPY\0", 8);
constexpr size_t kXerialHeader = 16;

Result<void> AppendSnappyBlock(std::string_view block, size_t limit, std::string& plain) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &size)) {
    return Damaged(Compression::kSnappy, "damaged length");
  }
  const size_t before = plain.size();
  if (size > limit || before > limit - size) return TooBig(Compression::kSnappy, limit);
  bool fine = false;
  plain.resize_and_overwrite(before + size, [&](char* data, size_t) {
    fine = snappy::RawUncompress(block.data(), block.size(), data + before);
    return fine ? before + size : before;
  });
  if (!fine) return Damaged(Compression::kSnappy, "damaged");
  return {};
}

Result<std::string> Unsnappy(std::string_view packed, size_t limit) {
  std::string plain;
  if (!packed.starts_with(kXerialMagic)) {
    TL_TRY(AppendSnappyBlock(packed, limit, plain));
    return plain;
  }
  if (packed.size() < kXerialHeader) return Damaged(Compression::kSnappy, "cut short");
  packed.remove_prefix(kXerialHeader);
  while (!packed.empty()) {
    if (packed.size() < 4) return Damaged(Compression::kSnappy, "cut short");
    const auto size = LoadBig<uint32_t>(packed.data());
    packed.remove_prefix(4);
    if (size > packed.size()) return Damaged(Compression::kSnappy, "cut short");
    TL_TRY(AppendSnappyBlock(packed.substr(0, size), limit, plain));
    packed.remove_prefix(size);
  }
  return plain;
}

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

Result<std::string> Unlz4(std::string_view packed, size_t limit) {
  LZ4F_dctx* raw = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)) != 0) {
    return Fail(Code::kInternal, "lz4: out of memory");
  }
  const std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)> context(
      raw, LZ4F_freeDecompressionContext);
  Output out = OutputFor(packed, limit);
  size_t wanted = 1;  // 0: a frame has ended
  while (!packed.empty() || out.room() == 0) {
    if (!out.Grow()) return TooBig(Compression::kLz4, limit);
    size_t wrote = out.room();
    size_t read = packed.size();
    wanted = LZ4F_decompress(raw, out.free(), &wrote, packed.data(), &read, nullptr);
    if (LZ4F_isError(wanted) != 0) return Damaged(Compression::kLz4, LZ4F_getErrorName(wanted));
    out.Wrote(wrote);
    packed.remove_prefix(read);
    if (packed.empty() && wanted == 0) break;
    if (read == 0 && wrote == 0) break;
  }
  if (wanted != 0) return Damaged(Compression::kLz4, "cut short");
  return Finish(Compression::kLz4, out, limit);
}

Result<std::string> Zstd(std::string_view plain) {
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  const size_t size =
      ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size) != 0) return Fail(Code::kInternal, "zstd: {}", ZSTD_getErrorName(size));
  packed.resize(size);
  return packed;
}

Result<std::string> Unzstd(std::string_view packed, size_t limit) {
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                   ZSTD_freeDCtx);
  if (context == nullptr) return Fail(Code::kInternal, "zstd: out of memory");
  Output out = OutputFor(packed, limit);
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  size_t wanted = 1;  // 0: a frame has ended, all of it is written
  while (in.pos < in.size || wanted != 0) {
    if (!out.Grow()) return TooBig(Compression::kZstd, limit);
    ZSTD_outBuffer to{out.free(), out.room(), 0};
    const size_t before = in.pos;
    wanted = ZSTD_decompressStream(context.get(), &to, &in);
    if (ZSTD_isError(wanted) != 0) return Damaged(Compression::kZstd, ZSTD_getErrorName(wanted));
    out.Wrote(to.pos);
    if (wanted != 0 && in.pos == before && to.pos == 0) {
      return Damaged(Compression::kZstd, "cut short");
    }
  }
  return Finish(Compression::kZstd, out, limit);
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

Result<std::string> Decompress(Compression codec, std::string_view packed, size_t limit) {
  switch (codec) {
    case Compression::kNone:
      if (packed.size() > limit) return TooBig(codec, limit);
      return std::string(packed);
    case Compression::kGzip: return Gunzip(packed, limit);
    case Compression::kSnappy: return Unsnappy(packed, limit);
    case Compression::kLz4: return Unlz4(packed, limit);
    case Compression::kZstd: return Unzstd(packed, limit);
  }
  return Fail(Code::kCorrupt, "compression {}: unknown", static_cast<int>(codec));
}

}  // namespace ticklake::kafka
