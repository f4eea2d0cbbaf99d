#include "lake/iceberg/avro_codec.h"

#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "base/bytes.h"

namespace ticklake::lake::iceberg {
namespace {

constexpr size_t kMaxBlock = size_t{256} << 20;
constexpr int kRawDeflate = -15;      // window bits: no header
constexpr int kGzip = 15 + 16;        // window bits: gzip header
constexpr size_t kSnappyCrcSize = 4;  // of the uncompressed data, big-endian, at the end

std::unexpected<Error> Damaged(std::string_view codec) {
  return Fail(Code::kCorrupt, "{} data: damaged, or larger than {} MiB", codec, kMaxBlock >> 20);
}

Bytef* Input(std::string_view data) {
  // zlib's interface predates const; it does not write there.
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(data.data()));  // NOLINT
}

Result<std::string> Inflate(std::string_view data, int window_bits, std::string_view name) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) return Fail(Code::kInternal, "zlib: no memory");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = Input(data);
  stream.avail_in = static_cast<uInt>(data.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK && out.size() < kMaxBlock) {
    const size_t had = out.size();
    out.resize(std::max<size_t>(had * 2, 4096));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = static_cast<uInt>(out.size() - had);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  if (status != Z_STREAM_END || out.size() > kMaxBlock) return Damaged(name);
  return out;
}

Result<std::string> Deflate(std::string_view data) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawDeflate, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return Fail(Code::kInternal, "zlib: no memory");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, deflateEnd);
  std::string out(deflateBound(&stream, data.size()), '\0');
  stream.next_in = Input(data);
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return Fail(Code::kInternal, "zlib: no room");
  out.resize(out.size() - stream.avail_out);
  return out;
}

Result<std::string> Unsnappy(std::string_view data) {
  if (data.size() < kSnappyCrcSize) return Damaged("snappy");
  const std::string_view body = data.substr(0, data.size() - kSnappyCrcSize);
  size_t size = 0;
  std::string out;
  if (!snappy::GetUncompressedLength(body.data(), body.size(), &size) || size > kMaxBlock ||
      !snappy::Uncompress(body.data(), body.size(), &out)) {
    return Damaged("snappy");
  }
  const uLong crc = crc32(0, Input(out), static_cast<uInt>(out.size()));
  if (crc != LoadBig<uint32_t>(data.data() + body.size())) return Damaged("snappy");
  return out;
}

Result<std::string> Unzstd(std::string_view data) {
  const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                        ZSTD_freeDStream);
  ZSTD_inBuffer in{data.data(), data.size(), 0};
  std::string out;
  size_t left = 1;  // 0 at the end of a frame
  while (left != 0 && out.size() < kMaxBlock) {
    const size_t had = out.size();
    out.resize(std::max<size_t>(had * 2, 4096));
    ZSTD_outBuffer to{out.data() + had, out.size() - had, 0};
    left = ZSTD_decompressStream(stream.get(), &to, &in);
    if (ZSTD_isError(left)) return Damaged("zstandard");
    if (to.pos == 0 && in.pos == in.size && left != 0) return Damaged("zstandard");
    out.resize(had + to.pos);
  }
  if (left != 0 || out.size() > kMaxBlock) return Damaged("zstandard");
  return out;
}

}  // namespace

Result<std::string> CompressBlock(std::string_view codec, std::string_view data) {
  if (codec == kCodecNull) return std::string(data);
  if (codec == kCodecDeflate) return Deflate(data);
  return Fail(Code::kUnsupported, "Avro codec '{}': not written", codec);
}

Result<std::string> DecompressBlock(std::string_view codec, std::string_view data) {
  if (codec == kCodecNull) return std::string(data);
  if (codec == kCodecDeflate) return Inflate(data, kRawDeflate, codec);
  if (codec == "snappy") return Unsnappy(data);
  if (codec == "zstandard") return Unzstd(data);
  return Fail(Code::kUnsupported,
              "Avro codec '{}': not known; null, deflate, snappy and zstandard are", codec);
}

Result<std::string> Gunzip(std::string_view data) { return Inflate(data, kGzip, "gzip"); }

}  // namespace ticklake::lake::iceberg
