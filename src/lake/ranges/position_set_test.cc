#include "lake/ranges/position_set.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "lake/ranges/recorded.h"

namespace ticklake::lake {
namespace {

constexpr char kOne[] =
    R"({"v":2,"topics":[{"cluster":"c1","topic_id":"f81d4fae-7dec-41d0-a765-00a0c91e6bf6",)"
    R"("topic":"trades","epoch":0,"logs":[[0,1234]]}]})";
/// The same as tables have it that the first release wrote.
constexpr char kOneV1[] =
    R"({"v":1,"logs":[{"cluster":"c1","topic_id":"f81d4fae-7dec-41d0-a765-00a0c91e6bf6",)"
    R"("topic":"trades","partition":0,"epoch":0,"to":1234}]})";

TEST(PositionSet, TextIsTheDocumentedOne) {
  PositionSet set;
  set.Set({{"c1", *Uuid::Parse("f81d4fae-7dec-41d0-a765-00a0c91e6bf6"), 0}, "trades", 0, 1234});
  EXPECT_EQ(set.ToJson(), kOne);
  EXPECT_EQ(*PositionSet::Parse(kOne), set);
  EXPECT_EQ(*PositionSet::Parse(kOneV1), set);
}

/// Each of the hundred snapshots of a table carries them.
TEST(PositionSet, AThousandPartitionsAreSmall) {
  PositionSet set;
  std::vector<Range> ranges;
  const Uuid id = *Uuid::Parse("f81d4fae-7dec-41d0-a765-00a0c91e6bf6");
  for (int32_t partition = 0; partition < 1000; ++partition) {
    set.Set({{"cluster", id, partition}, "trades", 0, 1'234'567 + partition});
    ranges.push_back({{"cluster", id, partition}, "trades", 0, 1'234'000, 1'234'567 + partition});
  }
  EXPECT_LT(set.ToJson().size(), 15'000U);
  EXPECT_LT(RangesToJson(ranges).size(), 23'000U);
  EXPECT_EQ(*PositionSet::Parse(set.ToJson()), set);
  EXPECT_EQ(*ParseRanges(RangesToJson(ranges)), ranges);
}

TEST(PositionSet, AnySetSurvivesItsText) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    PositionSet set;
    std::vector<Range> ranges;
    for (int32_t epoch = 0; epoch < 3; ++epoch) {
      const kafka::LogId log{fmt::format("c\"{}\n", random.Below(2)), Uuid::From(random), epoch};
      const int64_t to = random.Between(0, INT64_MAX);
      set.Set({log, "t\xc3\xa9", epoch, to});
      ranges.push_back({log, "t", epoch, random.Between(0, to), to});
    }
    EXPECT_EQ(*PositionSet::Parse(set.ToJson()), set);
    EXPECT_EQ(*ParseRanges(RangesToJson(ranges)), ranges);
  }
}

TEST(PositionSet, RefusesWhatItDidNotWrite) {
  const std::string good = kOne;
  const auto code = [](const std::string& text) { return PositionSet::Parse(text).error().code; };
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_EQ(code(""), Code::kCorrupt);
  EXPECT_EQ(code(good.substr(0, good.size() - 1)), Code::kCorrupt);
  EXPECT_EQ(code(with("\"v\":2", "\"v\":3")), Code::kUnsupported);
  EXPECT_EQ(code(with("\"v\":2", "\"v\":1")), Code::kCorrupt);
  EXPECT_EQ(code(with("[0,1234]", "[0,-1]")), Code::kCorrupt);
  EXPECT_EQ(code(with("[0,1234]", "[0,1.5]")), Code::kCorrupt);
  EXPECT_EQ(code(with("[0,1234]", "[0]")), Code::kCorrupt);
  EXPECT_EQ(code(with("[0,1234]", "[0,1,1234]")), Code::kCorrupt);
  EXPECT_EQ(code(with("[0,1234]", "0,1234")), Code::kCorrupt);
  EXPECT_EQ(code(with("[0,1234]", "[0,1234],[0,1234]")), Code::kCorrupt) << "one log twice";
  EXPECT_EQ(code(with("\"epoch\":0,", "")), Code::kCorrupt);
  EXPECT_EQ(code(with("\"epoch\":0,", "\"epoch\":0,\"x\":0,")), Code::kCorrupt);
  std::string entry = good.substr(good.find("[{") + 1, good.size() - good.find("[{") - 3);
  entry.replace(entry.find("f81d"), 4, "a81d");
  EXPECT_EQ(code(with("}]", "}," + entry + "]")), Code::kCorrupt) << "one epoch for two topics";
}

TEST(PositionSet, RefusesWhatVersionOneDidNotWrite) {
  const std::string good = kOneV1;
  const auto code = [](const std::string& text) { return PositionSet::Parse(text).error().code; };
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_EQ(code(""), Code::kCorrupt);
  EXPECT_EQ(code("{}"), Code::kCorrupt);
  EXPECT_EQ(code(good.substr(0, good.size() - 1)), Code::kCorrupt);
  EXPECT_EQ(code(with("\"v\":1", "\"v\":2")), Code::kCorrupt);
  EXPECT_EQ(code(with("\"to\":1234", "\"to\":-1")), Code::kCorrupt);
  EXPECT_EQ(code(with("\"to\":1234", "\"to\":1.5")), Code::kCorrupt);
  EXPECT_EQ(code(with("\"to\":1234", "\"to\":1,\"x\":2")), Code::kCorrupt);
  EXPECT_EQ(code(with(",\"logs\"", ",\"x\":0,\"logs\"")), Code::kCorrupt);
  // The same log twice, and one epoch for two topics.
  const std::string entry = good.substr(good.find("[{") + 1, good.size() - good.find("[{") - 3);
  EXPECT_EQ(code(with("}]", "}," + entry + "]")), Code::kCorrupt);
  std::string other = entry;
  other.replace(other.find("f81d"), 4, "a81d");
  EXPECT_EQ(code(with("}]", "}," + other + "]")), Code::kCorrupt);
}

TEST(RecordedPositions, SummaryFirstThenPropertyElseRefused) {
  PositionSet older;
  EXPECT_EQ(*RecordedPositions(std::string(kOne), older.ToJson(), "t"), *PositionSet::Parse(kOne));
  EXPECT_EQ(*RecordedPositions(std::nullopt, older.ToJson(), "t"), older);
  const auto refused = RecordedPositions(std::nullopt, std::nullopt, "market.trades");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("market.trades"), std::string::npos);
}

}  // namespace
}  // namespace ticklake::lake
