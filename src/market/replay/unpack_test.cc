// What is packed comes out as it went in, in any pieces; what is damaged or cut short says so.

#include "market/replay/unpack.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/test_packed.h"

namespace ticklake::market {
namespace {

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
  for (const std::string& packed :
       {text, Gzipped(text), Zstandard(text),
        Gzipped(text.substr(0, 1000)) + Gzipped("") + Gzipped(text.substr(1000)),
        Zstandard(text.substr(0, 1000)) + Zstandard("") + Zstandard(text.substr(1000)),
        skippable + Zstandard(text) + skippable}) {
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
  for (const std::string& packed : {Gzipped(text), Zstandard(text)}) {
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
  for (std::string packed : {Gzipped(text), Zstandard(text), Gzipped(text) + "and then this"}) {
    packed[packed.size() / 2] ^= '\x10';
    Error error;
    ReadAll(packed, 997, 4096, &error);
    EXPECT_EQ(error.code, Code::kCorrupt) << "gzip and zstd both carry sums";
  }
}

}  // namespace
}  // namespace ticklake::market
