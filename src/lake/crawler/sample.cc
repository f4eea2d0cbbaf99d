#include "lake/crawler/sample.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace ticklake::lake::crawler {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kMagics = {{
    {"PAR1", "parquet"},
    {"PARE", "encrypted Parquet"},
    {"\x1f\x8b", "gzip"},
    {"\x28\xb5\x2f\xfd", "zstd"},
    {"ORC", "ORC"},
    {std::string_view("Obj\x01", 4), "Avro"},
    {"BZh", "bzip2"},
    {std::string_view("\xfd\x37zXZ\x00", 6), "xz"},
    {std::string_view("\xff\x06\x00\x00sNaPpY", 10), "framed Snappy"},
    {"\x04\x22\x4d\x18", "LZ4"},
    {"PK\x03\x04", "ZIP"},
    {"ARROW1", "Arrow"},
    {"SQLite format 3", "an SQLite database"},
    {"\x7f"
     "ELF",
     "a program"},
    {"%PDF-", "PDF"},
}};

struct Grown {
  bool whole = false;  // the stream ended before the limit
  uint64_t consumed = 0;
};

// Members one after another, as gzip allows.
Result<Grown> Inflate(std::string_view stored, std::string& out) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  if (inflateInit2(&stream, kGzip) != Z_OK) return Fail(Code::kInternal, "zlib: no memory");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(stored.data()));
  stream.avail_in = static_cast<uInt>(stored.size());
  out.resize(kSampleBytes);
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  Grown grown;
  while (stream.avail_out > 0) {
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      grown.whole = stream.avail_in == 0;
      if (grown.whole) break;
      if (inflateReset(&stream) != Z_OK) return Fail(Code::kInternal, "zlib: cannot go on");
      continue;
    }
    if (status == Z_BUF_ERROR) break;  // all that was given is unpacked
    if (status != Z_OK) {
      return Fail(Code::kCorrupt, "damaged gzip data ({})",
                  stream.msg == nullptr ? "no reason given" : stream.msg);
    }
  }
  out.resize(out.size() - stream.avail_out);
  grown.consumed = stored.size() - stream.avail_in;
  return grown;
}

Result<Grown> UnpackZstd(std::string_view stored, std::string& out) {
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                   ZSTD_freeDCtx);
  if (context == nullptr) return Fail(Code::kInternal, "zstd: no memory");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 27);  // 128 MiB, as DuckDB reads
  ZSTD_inBuffer in{stored.data(), stored.size(), 0};
  out.resize(kSampleBytes);
  ZSTD_outBuffer unpacked{out.data(), out.size(), 0};
  size_t hint = 1;
  while (in.pos < in.size && unpacked.pos < unpacked.size) {
    hint = ZSTD_decompressStream(context.get(), &unpacked, &in);
    if (ZSTD_isError(hint) != 0) {
      return Fail(Code::kCorrupt, "damaged zstd data ({})", ZSTD_getErrorName(hint));
    }
  }
  out.resize(unpacked.pos);
  return Grown{hint == 0 && in.pos == in.size, in.pos};
}

}  // namespace

std::string_view MagicOf(std::string_view head) {
  for (const auto& [magic, name] : kMagics) {
    if (head.starts_with(magic)) return name;
  }
  return "";
}

Result<Sample> Unpack(std::string_view stored, uint64_t size) {
  Sample sample;
  const std::string_view magic = MagicOf(stored);
  const bool all_given = stored.size() == size;
  Grown grown{all_given, stored.size()};
  if (magic == "gzip") {
    sample.compression = hive::Compression::kGzip;
    TL_ASSIGN(grown, Inflate(stored, sample.text));
  } else if (magic == "zstd") {
    sample.compression = hive::Compression::kZstd;
    TL_ASSIGN(grown, UnpackZstd(stored, sample.text));
  } else {
    sample.text = stored.substr(0, kSampleBytes);
    grown.whole = stored.size() <= kSampleBytes;
    grown.consumed = sample.text.size();
  }
  if (all_given && !grown.whole && sample.text.size() < kSampleBytes &&
      sample.compression != hive::Compression::kNone) {
    return Fail(Code::kCorrupt, "damaged {} data (it ends in the middle)", magic);
  }
  sample.whole = all_given && grown.whole;
  sample.consumed = grown.consumed;
  return sample;
}

}  // namespace ticklake::lake::crawler
