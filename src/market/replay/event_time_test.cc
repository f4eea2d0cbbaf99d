#include "market/replay/event_time.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace ticklake::market {
namespace {

constexpr Nanos kNoon = 1'732'300'000'123'456'789;  // 2024-11-22T18:26:40.123456789Z

struct Case {
  const char* text;
  TimeFormat format;
  Nanos time;
};

TEST(EventTime, FormatsAreRecognisedAndRead) {
  for (const Case& c : {
           Case{"2024-11-22T18:26:40.123456789Z", TimeFormat::kIso, kNoon},
           Case{"2024-11-22 18:26:40.123456789", TimeFormat::kIso, kNoon},
           Case{"2024-11-22T20:26:40.123456789+02:00", TimeFormat::kIso, kNoon},
           Case{"2024-11-22", TimeFormat::kIso, 1'732'233'600 * kNanosPerSecond},
           Case{"2024/11/22 18:26:40.123456789", TimeFormat::kIso, kNoon},
           Case{"1732300000", TimeFormat::kSeconds, 1'732'300'000 * kNanosPerSecond},
           Case{"1732300000.123456789", TimeFormat::kSeconds, kNoon},
           Case{"1.7323e9", TimeFormat::kSeconds, 1'732'300'000 * kNanosPerSecond},
           Case{"1732300000123", TimeFormat::kMillis, 1'732'300'000'123 * kNanosPerMilli},
           Case{"1732300000123.456", TimeFormat::kMillis, 1'732'300'000'123'456'000},
           Case{"1732300000123456", TimeFormat::kMicros, 1'732'300'000'123'456'000},
           Case{"1732300000123456789", TimeFormat::kNanos, kNoon},
           Case{"315532800", TimeFormat::kSeconds, 315'532'800 * kNanosPerSecond},
           Case{"4102444799", TimeFormat::kSeconds, 4'102'444'799 * kNanosPerSecond},
           Case{"315532800000", TimeFormat::kMillis, 315'532'800 * kNanosPerSecond},
       }) {
    const auto format = RecogniseTime(c.text);
    ASSERT_TRUE(format && *format) << c.text;
    EXPECT_EQ(**format, c.format) << c.text;
    const auto time = ParseTime(c.text, **format);
    ASSERT_TRUE(time) << time.error().message;
    EXPECT_EQ(*time, c.time) << c.text;
  }
}

TEST(EventTime, AmbiguousNumbersAreRefusedWithTheNextStep) {
  for (const char* text : {"0", "1234", "20241122", "315532799", "4102444800", "-1732300000",
                           "99999999999", "12345678901234567890"}) {
    const auto format = RecogniseTime(text);
    ASSERT_FALSE(format) << text;
    EXPECT_TRUE(format.error().message.contains("--time-format")) << format.error().message;
  }
}

TEST(EventTime, WhatIsNoTimeIsNone) {
  for (const char* text : {"", "15:59", "yesterday", "11/22/2024", "2024/11-22", "2024-13-01",
                           "2024-11-22T25:00", "1,732,300,000", "0x1", "NaN"}) {
    const auto format = RecogniseTime(text);
    EXPECT_TRUE(format && !*format) << text;
  }
}

TEST(EventTime, AGivenFormatIsTakenAtItsWord) {
  EXPECT_EQ(ParseTime("20241122", TimeFormat::kSeconds).value(), 20'241'122 * kNanosPerSecond);
  EXPECT_EQ(ParseTime("-0.5", TimeFormat::kSeconds).value(), -kNanosPerSecond / 2);
  EXPECT_EQ(ParseTime("-0.1", TimeFormat::kNanos).value(), -1) << "rounded down";
  EXPECT_FALSE(ParseTime("2024-11-22", TimeFormat::kMillis));
  EXPECT_FALSE(ParseTime("1732300000", TimeFormat::kIso));
  EXPECT_FALSE(ParseTime("9300000000", TimeFormat::kSeconds)) << "the year 2264";
  EXPECT_FALSE(ParseTime("007", TimeFormat::kSeconds));
  EXPECT_FALSE(ParseTime("", TimeFormat::kNanos));
}

TEST(EventTime, NoNumberHasTwoPlausibleUnits) {
  Random random(3);
  for (int i = 0; i < 100'000; ++i) {
    const std::string text = std::to_string(random.Next() >> (1 + random.Below(63)));
    int plausible = 0;
    for (const auto format :
         {TimeFormat::kSeconds, TimeFormat::kMillis, TimeFormat::kMicros, TimeFormat::kNanos}) {
      const auto time = ParseTime(text, format);
      plausible += time && FormatUtc(*time) >= "1980" && FormatUtc(*time) < "2100" ? 1 : 0;
    }
    ASSERT_LE(plausible, 1) << text;
    ASSERT_EQ(RecogniseTime(text).has_value(), plausible == 1) << text;
  }
}

TEST(EventTime, AZoneIsSeen) {
  for (const char* text : {"2024-11-22", "2024-11-22T18:26:40", "2024-11-22 18:26"}) {
    EXPECT_TRUE(IsZoneless(text)) << text;
  }
  for (const char* text :
       {"2024-11-22T18:26Z", "2024-11-22T18:26:40-05:00", "2024-11-22 18:26+01"}) {
    EXPECT_FALSE(IsZoneless(text)) << text;
  }
}

TEST(EventTime, NamesAndTitles) {
  for (const char* name : {"iso", "s", "ms", "us", "ns"})
    EXPECT_TRUE(TimeFormatNamed(name)) << name;
  EXPECT_FALSE(TimeFormatNamed("sec"));
  EXPECT_EQ(TimeFormatTitle(TimeFormat::kMicros), "epoch microseconds");
}

}  // namespace
}  // namespace ticklake::market
