// What is packed comes out as it went in, in any pieces; what is damaged or cut short says so.

#include "market/replay/unpack.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "base/random.h"

namespace ticklake::market {
namespace {

std::string Gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(text.size() + 100, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
std::string Zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3);
  EXPECT_EQ(ZSTD_isError(size), 0U);
  out.resize(size);
  return out;
}

// Text that packs badly enough for many blocks, with runs that unpack to much.
std::string SomeText() {
  Random random(11);
  std::string text;
  while (text.size() < 400'000) {
    text += std::to_string(random.Next());
    text.append(random.Below(200), 'x');
  }
  return text;
}

// Everything it unpacks to; the error, if one ends it, in `error`.
std::string ReadAll(const std::string& packed, size_t piece, size_t buffer_size,
                    Error* error = nullptr) {
  auto source = Unpacked(TextSource(packed, piece));
  if (!source) {
    if (error != nullptr) *error = source.error();
    return "";
  }
  std::string buffer(buffer_size, '\0');
  std::string all;
  for (;;) {
    const auto got = (*source)->Read(buffer.data(), buffer.size());
    if (!got && error != nullptr) *error = got.error();
    if (!got || *got == 0) return all;
    all.append(buffer, 0, *got);
  }
}

TEST(Unpacked, WhateverItIsAndHoweverItComes) {
  const std::string text = SomeText();
  const std::string skippable("\x5A\x2A\x4D\x18\x03\x00\x00\x00xyz", 11);
  for (const std::string& packed : {text, Gzip(text), Zstd(text),
                                    Gzip(text.substr(0, 1000)) + Gzip("") + Gzip(text.substr(1000)),
                                    Zstd(text.substr(0, 1000)) + Zstd("") + Zstd(text.substr(1000)),
                                    skippable + Zstd(text) + skippable}) {
    for (const size_t piece : {size_t{1}, size_t{1009}, SIZE_MAX}) {
      for (const size_t buffer : {size_t{7}, size_t{1} << 20}) {
        Error error;
        ASSERT_EQ(ReadAll(packed, piece, buffer, &error), text) << error.message;
        ASSERT_EQ(error.message, "");
      }
    }
  }
}

TEST(Unpacked, ShortFilesAreThemselves) {
  for (const char* text : {"", "a", "\x1F", "\x28\xB5\x2F"}) {
    EXPECT_EQ(ReadAll(text, 1, 10), text);
  }
}

TEST(Unpacked, WhatIsCutShortSaysSoAfterWhatWasGood) {
  const std::string text = SomeText();
  for (const std::string& packed : {Gzip(text), Zstd(text)}) {
    for (const size_t keep : {packed.size() - 1, packed.size() / 2, size_t{5}}) {
      Error error;
      const std::string got = ReadAll(packed.substr(0, keep), 997, 4096, &error);
      EXPECT_EQ(error.code, Code::kCorrupt);
      EXPECT_TRUE(error.message.contains("cut short")) << error.message;
      EXPECT_TRUE(text.starts_with(got));
    }
  }
}

TEST(Unpacked, DamageIsSeen) {
  const std::string text = SomeText();
  for (std::string packed : {Gzip(text), Zstd(text), Gzip(text) + "and then this"}) {
    packed[packed.size() / 2] ^= '\x10';
    Error error;
    ReadAll(packed, 997, 4096, &error);
    EXPECT_EQ(error.code, Code::kCorrupt) << "gzip and zstd both carry sums";
  }
}

}  // namespace
}  // namespace ticklake::market
