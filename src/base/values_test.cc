// Decimals, times, UUIDs, checksums, bytes, UTF-8: the values everything else is made of.
#include <gmock/gmock.h>

#include <atomic>
#include <limits>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/crc64nvme.h"
#include "base/decimal.h"
#include "base/jump_watch.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "base/utf8.h"
#include "base/uuid.h"

namespace ticklake {
namespace {

TEST(DecimalTest, ParsesAndPrints) {
  struct Case {
    const char* text;
    int64_t mantissa;
    int32_t scale;
  };
  for (const Case& c :
       {Case{"61837.63", 6183763, 2}, Case{"0.02", 2, 2}, Case{"-1e-7", -1, 7},
        Case{"1.50", 150, 2}, Case{"1e3", 1000, 0}, Case{"1.5E+1", 15, 0}, Case{"0", 0, 0},
        Case{"-0.0", 0, 1}, Case{"000123", 123, 0}, Case{"9223372036854775807", INT64_MAX, 0},
        Case{"-9223372036854775808", INT64_MIN, 0},
        Case{"0.1000000000000000000000", 100000000000000000, 18},
        Case{"100.0000000000000000000", 1000000000000000000, 16}}) {
    const auto parsed = Decimal::Parse(c.text);
    ASSERT_TRUE(parsed) << c.text;
    EXPECT_EQ(parsed->mantissa, c.mantissa) << c.text;
    EXPECT_EQ(parsed->scale, c.scale) << c.text;
  }
  EXPECT_EQ((Decimal{6183763, 2}).ToString(), "61837.63");
  EXPECT_EQ((Decimal{-5, 3}).ToString(), "-0.005");
  EXPECT_EQ((Decimal{INT64_MIN, 18}).ToString(), "-9.223372036854775808");
}

TEST(DecimalTest, RefusesWhatItCannotHold) {
  for (const char* text : {"", "-", ".", "abc", "1.2.3", "1e", "1e+-3", "1x", " 1", "NaN", "1e99",
                           "0.1234567890123456789", "9223372036854775808", "1e99999999999"}) {
    EXPECT_FALSE(Decimal::Parse(text)) << text;
  }
  EXPECT_FALSE((Decimal{15, 1}).Rescale(0));
  EXPECT_FALSE((Decimal{INT64_MAX, 0}).Rescale(1));
  EXPECT_FALSE((Decimal{INT64_MAX, 0}).Plus({1, 0}));
}

TEST(DecimalTest, RoundTripsAndComparesSeeded) {
  Random random(7);
  for (int i = 0; i < 10'000; ++i) {
    const Decimal d{static_cast<int64_t>(random.Next() >> random.Below(64)),
                    static_cast<int32_t>(random.Below(19))};
    const auto back = Decimal::Parse(d.ToString());
    ASSERT_TRUE(back) << d.ToString();
    EXPECT_EQ(*back, d);
    EXPECT_DOUBLE_EQ(back->ToDouble(), std::strtod(d.ToString().c_str(), nullptr));
    const Decimal other{d.mantissa / 10, d.scale == 0 ? 0 : d.scale - 1};
    EXPECT_EQ(d == other, d.scale == 0 ? d.mantissa == other.mantissa : d.mantissa % 10 == 0);
  }
}

TEST(ClockTest, FormatsAndParses) {
  EXPECT_EQ(FormatUtc(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatUtc(-1), "1969-12-31T23:59:59.999999999Z");
  constexpr Nanos kFirst = std::numeric_limits<Nanos>::min();
  constexpr Nanos kLast = std::numeric_limits<Nanos>::max();
  EXPECT_EQ(FormatUtc(kFirst), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(FormatUtc(kLast), "2262-04-11T23:47:16.854775807Z");
  for (const Nanos t : {kFirst, kFirst + 1, kFirst + kNanosPerSecond, kLast, kLast - 1}) {
    EXPECT_EQ(ParseUtc(FormatUtc(t)).value(), t);
  }
  for (const char* outside : {"1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z",
                              "1677-09-21", "2262-04-12", "0001-01-01", "9999-12-31T23:59:59Z"}) {
    EXPECT_FALSE(ParseUtc(outside)) << outside;
  }
  EXPECT_FALSE(ParseUtc("2016-12-31T23:59:60Z")) << "leap seconds are not in UTC nanoseconds";
  EXPECT_EQ(FormatUtc(1732300000123456789), "2024-11-22T18:26:40.123456789Z");
  EXPECT_EQ(ParseUtc("2024-11-22").value(), 1732233600000000000);
  EXPECT_EQ(ParseUtc("2024-11-22T18:26:40.5Z").value(), 1732300000500000000);
  EXPECT_EQ(ParseUtc("2024-11-22 20:26:40+02:00").value(), 1732300000000000000);
  EXPECT_EQ(ParseUtc("2024-11-22T18:26").value(), 1732299960000000000);
  EXPECT_EQ(ParseUtc(FormatUtc(INT64_MIN)).value(), INT64_MIN);
  EXPECT_EQ(ParseUtc(FormatUtc(INT64_MAX)).value(), INT64_MAX);
  for (const char* text : {"", "2024", "2024-13-01", "2024-02-30", "2024-11-22T", "x",
                           "2024-11-22T25:00:00Z", "2024-11-22T18:26:40.Z", "1600-01-01",
                           "2024-11-22T18:26:40.1234567891Z", "2024-11-22T18:26:40Zz"}) {
    EXPECT_FALSE(ParseUtc(text)) << text;
  }
  Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto t = static_cast<Nanos>(random.Next());
    ASSERT_EQ(ParseUtc(FormatUtc(t)).value(), t) << FormatUtc(t);
  }
}

TEST(JumpWatchTest, TrustsAWallClockThatRunsEvenly) {
  constexpr Nanos kHour = 3'600 * kNanosPerSecond;
  ManualClock clock(1'700'000'000 * kNanosPerSecond);
  JumpWatch watch(clock);
  EXPECT_FALSE(watch.Steady()) << "it may have been wrong at the start";
  EXPECT_TRUE(watch.Steady(0));
  clock.Advance(kHour);
  EXPECT_TRUE(watch.Steady());
  for (const Nanos jump : {24 * kHour, -24 * kHour, 61 * kNanosPerSecond}) {
    clock.Jump(clock.Now() + jump);
    EXPECT_FALSE(watch.Steady()) << jump;
    clock.Advance(kHour - 1);
    EXPECT_FALSE(watch.Steady()) << jump;
    EXPECT_TRUE(watch.Steady(kHour / 2)) << jump;
    clock.Advance(1);
    EXPECT_TRUE(watch.Steady()) << jump;
  }
  for (int day = 0; day < 100; ++day) {  // slewed by seconds a day
    clock.Jump(clock.Now() + 5 * kNanosPerSecond);
    clock.Advance(24 * kHour);
    EXPECT_TRUE(watch.Steady());
  }
}

TEST(UuidTest, RoundTripsBothForms) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const Uuid uuid = Uuid::From(random);
    EXPECT_EQ(Uuid::Parse(uuid.ToString()).value(), uuid);
    EXPECT_EQ(Uuid::Parse(uuid.ToBase64()).value(), uuid);
    EXPECT_EQ(uuid.ToString()[14], '4');
  }
  EXPECT_NE(Uuid::Random(), Uuid::Random());
  EXPECT_FALSE(Uuid::Parse("f81d4fae-7dec-41d0-a765-00a0c91e6bf"));
  EXPECT_FALSE(Uuid::Parse("f81d4fae-7dec-41d0-a765-00a0c91e6bfg"));
  EXPECT_FALSE(Uuid::Parse("////////////////////=="));
}

TEST(Base64Test, VectorsOfRfc4648AndBack) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    std::string bytes(random.Below(40), ' ');
    for (char& c : bytes) c = static_cast<char>(random.Next());
    EXPECT_EQ(FromBase64(Base64(bytes)), bytes);
  }
  for (const char* bad :
       {"Z", "Zg=", "Zg===", "=g==", "Zg==Zg==", "Z=g=", "Zm9-", "====", "Zm 9"}) {
    EXPECT_EQ(FromBase64(bad), std::nullopt) << bad;
  }
}

TEST(Crc64NvmeTest, KnownValueAndCombination) {
  EXPECT_EQ(ExtendCrc64Nvme(0, "123456789"), 0xae8b14860a799888U);
  std::string text(1000, ' ');
  Random random(5);
  for (char& c : text) c = static_cast<char>(random.Next());
  const std::string_view all = text;
  for (const size_t cut : {0UL, 1UL, 7UL, 8UL, 500UL, 999UL, 1000UL}) {
    const auto [a, b] = std::pair(all.substr(0, cut), all.substr(cut));
    EXPECT_EQ(ExtendCrc64Nvme(ExtendCrc64Nvme(0, a), b), ExtendCrc64Nvme(0, all));
    EXPECT_EQ(
        CombineCrc(kCrc64NvmePolynomial, ExtendCrc64Nvme(0, a), ExtendCrc64Nvme(0, b), b.size()),
        ExtendCrc64Nvme(0, all));
    EXPECT_EQ(CombineCrc(kCrc32cPolynomial, Crc32c(a), Crc32c(b), b.size()), Crc32c(all));
  }
}

TEST(Crc32cTest, KnownValuesAndBothWaysAgree) {
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aaU);  // RFC 3720 B.4
  Random random(3);
  std::string data;
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(ExtendCrc32c(7, data), ExtendCrc32cPortable(7, data));
    const size_t cut = random.Below(data.size() + 1);
    ASSERT_EQ(Crc32c(data), ExtendCrc32c(Crc32c(std::string_view(data).substr(0, cut)),
                                         std::string_view(data).substr(cut)));
    data.push_back(static_cast<char>(random.Next()));
  }
}

TEST(BytesTest, VarintsRoundTripAndStopAtTheEnd) {
  Random random(5);
  for (int i = 0; i < 1000; ++i) {
    const uint64_t v = random.Next() >> random.Below(64);
    std::string out;
    AppendUvarint(out, v);
    uint64_t back = 0;
    ASSERT_EQ(ReadUvarint(out.data(), out.data() + out.size(), &back), out.data() + out.size());
    EXPECT_EQ(back, v);
    EXPECT_EQ(ReadUvarint(out.data(), out.data() + out.size() - 1, &back), nullptr);
  }
  EXPECT_EQ(UnZigZag(ZigZag(INT64_MIN)), INT64_MIN);
}

TEST(ThreadPoolTest, RunsEverythingBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    ThreadPool pool(3);
    for (int i = 0; i < 1000; ++i) {
      pool.Submit([&] {
        ++done;
        pool.Submit([&] { ++done; });
      });
    }
  }
  EXPECT_EQ(done, 2000);
}

TEST(Utf8Test, AgreesWithTheDefinition) {
  for (const char* valid : {"", "a", "é", "€", "😀", "\u0800", "\uD7FF", "\uE000", "\U0010FFFF"}) {
    EXPECT_TRUE(IsUtf8(valid)) << valid;
  }
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82"}) {
    EXPECT_FALSE(IsUtf8(bad));
    EXPECT_EQ(ValidUtf8Prefix(std::string("abcdefghé") + bad), 10U);
  }
  for (uint32_t c = 0; c < 0x110000; c += 7) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    AppendUtf8(text, c);
    ASSERT_TRUE(IsUtf8(text)) << c;
  }
  std::string scratch;
  EXPECT_EQ(AsUtf8("a\xE2\x82z\xFF", scratch), "a\uFFFD\uFFFDz\uFFFD");
}

}  // namespace
}  // namespace ticklake
