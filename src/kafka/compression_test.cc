#include "kafka/compression.h"

#include <gmock/gmock.h>

#include "base/bytes.h"
#include "base/random.h"
#include "kafka/partitioner.h"
#include "kafka/test_unpack.h"
#include "kafka/topic_name.h"

namespace ticklake::kafka {
namespace {

class CompressionTest : public ::testing::TestWithParam<int> {
 protected:
  Compression codec() const { return static_cast<Compression>(GetParam()); }
};

std::string Noise(Random& random, size_t size, uint64_t letters) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.Below(letters));
  return bytes;
}

TEST_P(CompressionTest, RoundTrips) {
  Random random(1);
  for (const size_t size : {0, 1, 100, 4096, 70'000, 1'000'000}) {
    for (const uint64_t letters : {1, 4, 256}) {
      const std::string plain = Noise(random, size, letters);
      const std::string packed = Compress(codec(), plain).value();
      for (const size_t step : {7, 4096, 2'000'000}) {
        const auto back = UnpackAll(codec(), packed, kMaxPlainBytes, step);
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_EQ(*back, plain) << size << " in steps of " << step;
      }
    }
  }
}

TEST_P(CompressionTest, TheLimitIsExact) {
  const std::string plain(100'000, 'x');
  const std::string packed = Compress(codec(), plain).value();
  EXPECT_TRUE(UnpackAll(codec(), packed, plain.size()));
  const auto refused = UnpackAll(codec(), packed, plain.size() - 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
}

TEST_P(CompressionTest, CutsAndNoiseAreErrorsOrSomethingElseButNeverMore) {
  if (codec() == Compression::kNone) return;
  Random random(2);
  const std::string plain = Noise(random, 3000, 20);
  const std::string packed = Compress(codec(), plain).value();
  for (size_t size = 0; size < packed.size(); ++size) {
    const auto cut = UnpackAll(codec(), packed.substr(0, size));
    EXPECT_FALSE(cut && *cut == plain) << size;
  }
  for (int i = 0; i < 1000; ++i) {
    std::string bad = packed;
    bad[random.Below(bad.size())] = static_cast<char>(random.Next());
    const auto out = UnpackAll(codec(), bad, 10'000);
    EXPECT_TRUE(!out || out->size() <= 10'000);
  }
}

TEST_P(CompressionTest, NamesRoundTrip) {
  EXPECT_EQ(ParseCompression(CompressionName(codec())).value(), codec());
}

INSTANTIATE_TEST_SUITE_P(Codecs, CompressionTest, ::testing::Range(0, 5), [](const auto& param) {
  return std::string(CompressionName(static_cast<Compression>(param.param)));
});

TEST(XerialTest, JavaFramingIsRead) {
  std::string framed("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16);
  std::string plain;
  for (const char* part : {"hello ", "", "world"}) {
    const std::string block = Compress(Compression::kSnappy, part).value();
    AppendBig<uint32_t>(framed, static_cast<uint32_t>(block.size()));
    framed += block;
    plain += part;
  }
  for (const size_t step : {1, 4, 100}) {
    EXPECT_EQ(UnpackAll(Compression::kSnappy, framed, kMaxPlainBytes, step).value(), plain);
  }
  EXPECT_FALSE(UnpackAll(Compression::kSnappy, framed.substr(0, framed.size() - 1)));
  EXPECT_FALSE(UnpackAll(Compression::kSnappy, framed, plain.size() - 1));
}

TEST(ConcatenationTest, SeveralFramesAreOneText) {
  for (const auto codec : {Compression::kGzip, Compression::kLz4, Compression::kZstd}) {
    const std::string two = Compress(codec, "one ").value() + Compress(codec, "two").value();
    const auto back = UnpackAll(codec, two);
    ASSERT_TRUE(back) << CompressionName(codec) << back.error().message;
    EXPECT_EQ(*back, "one two");
  }
}

// The values of Java's own test (UtilsTest.testMurmur2).
TEST(PartitionerTest, AgreesWithJava) {
  EXPECT_EQ(static_cast<int32_t>(Murmur2("21")), -973932308);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("foobar")), -790332482);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("a-little-bit-long-string")), -985981536);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("a-little-bit-longer-string")), -1486304829);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8")),
            -58897971);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("abc")), 479470107);
  EXPECT_EQ(PartitionForKey("foobar", 7), (-790332482 & 0x7fffffff) % 7);
}

TEST(TopicNameTest, FollowsKafkasRules) {
  for (const char* good : {"a", "odd-Topic.1", "...", "_x_", "0"})
    EXPECT_TRUE(CheckTopicName(good));
  for (const char* bad : {"", ".", "..", "a b", "a/b", "\xc3\xa4", "a\n"}) {
    EXPECT_FALSE(CheckTopicName(bad)) << bad;
  }
  EXPECT_TRUE(CheckTopicName(std::string(249, 'a')));
  EXPECT_FALSE(CheckTopicName(std::string(250, 'a')));
  EXPECT_TRUE(IsInternalTopic("__consumer_offsets"));
}

}  // namespace
}  // namespace ticklake::kafka
