#include "lake/crawler/sample.h"

#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "lake/crawler/snappy_sample.h"

namespace ticklake::lake::crawler {
namespace {

constexpr std::string_view kFramedSnappy = "framed Snappy";

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kMagics = {{
    {"PAR1", "parquet"},
    {"PARE", "encrypted Parquet"},
    {"\x1f\x8b", "gzip"},
    {"\x28\xb5\x2f\xfd", "zstd"},
    {"ORC", "orc"},
    {std::string_view("Obj\x01", 4), "avro"},
    {"BZh", "bzip2"},
    {std::string_view("\xfd\x37zXZ\x00", 6), "xz"},
    {std::string_view("\xff\x06\x00\x00sNaPpY", 10), kFramedSnappy},
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
Result<Grown> Inflate(std::string_view stored, std::string& out, size_t limit) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  if (inflateInit2(&stream, kGzip) != Z_OK) return Fail(Code::kInternal, "zlib: no memory");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(stored.data()));
  stream.avail_in = static_cast<uInt>(stored.size());
  out.resize(limit);
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

Result<Grown> UnpackZstd(std::string_view stored, std::string& out, size_t limit) {
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                   ZSTD_freeDCtx);
  if (context == nullptr) return Fail(Code::kInternal, "zstd: no memory");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 27);  // 128 MiB, as DuckDB reads
  ZSTD_inBuffer in{stored.data(), stored.size(), 0};
  out.resize(limit);
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

// Streams one after another, as bzip2 -c a b and parallel compressors write them.
Result<Grown> UnpackBzip2(std::string_view stored, std::string& out, size_t limit) {
  bz_stream stream{};
  if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
    return Fail(Code::kInternal, "bzip2: no memory");
  const std::unique_ptr<bz_stream, int (*)(bz_stream*)> end(&stream, BZ2_bzDecompressEnd);
  stream.next_in = const_cast<char*>(stored.data());
  stream.avail_in = static_cast<unsigned>(stored.size());
  out.resize(limit);
  stream.next_out = out.data();
  stream.avail_out = static_cast<unsigned>(out.size());
  Grown grown;
  while (stream.avail_out > 0) {
    const unsigned in = stream.avail_in;
    const unsigned room = stream.avail_out;
    const int status = BZ2_bzDecompress(&stream);
    if (status == BZ_STREAM_END) {
      grown.whole = stream.avail_in == 0;
      if (grown.whole) break;
      BZ2_bzDecompressEnd(&stream);
      bz_stream next{};
      next.next_in = stream.next_in;
      next.avail_in = stream.avail_in;
      next.next_out = stream.next_out;
      next.avail_out = stream.avail_out;
      stream = next;
      if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) {
        return Fail(Code::kInternal, "bzip2: cannot go on");
      }
      continue;
    }
    if (status != BZ_OK) return Fail(Code::kCorrupt, "damaged bzip2 data (error {})", status);
    if (in == stream.avail_in && room == stream.avail_out) break;  // all that was given is unpacked
  }
  out.resize(out.size() - stream.avail_out);
  grown.consumed = stored.size() - stream.avail_in;
  return grown;
}

}  // namespace

std::string_view MagicOf(std::string_view head) {
  for (const auto& [magic, name] : kMagics) {
    if (head.starts_with(magic)) return name;
  }
  return "";
}

bool IsCompressed(std::string_view magic) {
  return magic == "gzip" || magic == "zstd" || magic == "bzip2" || magic == kFramedSnappy;
}

Result<Sample> Unpack(std::string_view stored, uint64_t size, size_t limit) {
  Sample sample;
  const std::string_view magic = MagicOf(stored);
  const bool all_given = stored.size() == size;
  Grown grown{all_given, stored.size()};
  if (magic == "gzip") {
    sample.compression = hive::Compression::kGzip;
    TL_ASSIGN(grown, Inflate(stored, sample.text, limit));
  } else if (magic == "zstd") {
    sample.compression = hive::Compression::kZstd;
    TL_ASSIGN(grown, UnpackZstd(stored, sample.text, limit));
  } else if (magic == "bzip2") {
    sample.compression = hive::Compression::kBzip2;
    TL_ASSIGN(grown, UnpackBzip2(stored, sample.text, limit));
  } else if (const SnappyForm form = SnappyFormOf(stored, all_given); form != SnappyForm::kNone) {
    sample.compression = hive::Compression::kSnappy;
    TL_ASSIGN(const SnappyText text, UnpackSnappy(stored, form, limit));
    sample.text = text.text;
    grown = {text.whole, text.consumed};
  } else {
    sample.text = stored.substr(0, limit);
    grown.whole = stored.size() <= limit;
    grown.consumed = sample.text.size();
  }
  if (all_given && !grown.whole && sample.text.size() < limit &&
      sample.compression != hive::Compression::kNone) {
    return Fail(Code::kCorrupt, "damaged {} data (it ends in the middle)",
                hive::NameOf(sample.compression));
  }
  sample.whole = all_given && grown.whole;
  sample.consumed = grown.consumed;
  return sample;
}

}  // namespace ticklake::lake::crawler
