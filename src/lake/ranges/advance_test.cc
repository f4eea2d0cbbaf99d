#include "lake/ranges/advance.h"

#include <gtest/gtest.h>

namespace ticklake::lake {
namespace {

kafka::LogId Log(uint8_t topic, int32_t partition) {
  kafka::LogId log{.cluster_id = "c", .topic_id = {}, .partition = partition};
  log.topic_id.bytes[0] = topic;
  return log;
}

PositionSet At(int64_t to) {
  PositionSet set;
  set.Set({Log(1, 0), "trades", 0, to});
  return set;
}

TEST(Advance, AcceptsWhatStartsAtTheRecordedPosition) {
  const std::vector<Range> ranges = {{Log(1, 0), "trades", 0, 10, 15},
                                     {Log(1, 1), "trades", 0, 3, 4}};
  const auto next = Advance(At(10), ranges);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->Find(Log(1, 0))->to, 15);
  EXPECT_EQ(next->Find(Log(1, 1))->to, 4);
}

TEST(Advance, RejectsAZombieAndNamesAllThatMatters) {
  const std::vector<Range> ranges = {{Log(1, 0), "trades", 0, 5, 15}};
  const auto next = Advance(At(10), ranges);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().recorded, 10);
  EXPECT_EQ(next.error().offered.from, 5);
  const std::string message = next.error().Message();
  EXPECT_NE(message.find("topic 'trades' partition 0"), std::string::npos) << message;
  EXPECT_NE(message.find("records 10"), std::string::npos) << message;
  EXPECT_NE(message.find("[5, 15)"), std::string::npos) << message;
}

TEST(Advance, RejectsAGapATwiceNamedLogAndABackwardRange) {
  const Range gap{Log(1, 0), "trades", 0, 11, 12};
  EXPECT_FALSE(Advance(At(10), std::vector{gap}));
  const Range fits{Log(1, 0), "trades", 0, 10, 12};
  EXPECT_FALSE(Advance(At(10), std::vector{fits, fits}));
  const Range backward{Log(1, 0), "trades", 0, 10, 9};
  EXPECT_FALSE(Advance(At(10), std::vector{backward}));
}

TEST(Advance, ANewIncarnationTakesAnEpochAboveAllRecorded) {
  const Range second{Log(2, 0), "trades", 1, 0, 5};
  const Range third{Log(3, 0), "trades", 2, 0, 5};
  EXPECT_TRUE(Advance(At(10), std::vector{third, second}));
  EXPECT_TRUE(Advance(At(10), std::vector{third}));
  const Range taken{Log(2, 0), "trades", 0, 0, 5};
  EXPECT_FALSE(Advance(At(10), std::vector{taken}));
  const Range shared{Log(3, 0), "trades", 1, 0, 5};
  EXPECT_FALSE(Advance(At(10), std::vector{second, shared}));
  const Range other_epoch{Log(1, 1), "trades", 1, 0, 5};
  EXPECT_FALSE(Advance(At(10), std::vector{other_epoch}));
}

TEST(Epochs, KeepsAGuessUntilAnotherTakesIt) {
  const kafka::LogId a = Log(1, 0), b = Log(2, 0), c = Log(3, 0);
  Epochs epochs;
  PositionSet recorded;
  EXPECT_EQ(epochs.Of(recorded, "c", a.topic_id), 0);
  EXPECT_EQ(epochs.Of(recorded, "c", b.topic_id), 1);
  EXPECT_EQ(epochs.Of(recorded, "c", a.topic_id), 0);
  recorded.Set({c, "trades", 0, 7});
  EXPECT_EQ(epochs.Of(recorded, "c", b.topic_id), 1);
  EXPECT_EQ(epochs.Of(recorded, "c", a.topic_id), 2);
  EXPECT_EQ(epochs.Of(recorded, "c", c.topic_id), 0);
}

TEST(Compare, TellsWhatToDoWithATail) {
  EXPECT_EQ(Compare(5, 9, 5), Standing::kExact);
  EXPECT_EQ(Compare(5, 5, 5), Standing::kExact);
  EXPECT_EQ(Compare(5, 9, 7), Standing::kCovered);
  EXPECT_EQ(Compare(5, 9, 9), Standing::kCovered);
  EXPECT_EQ(Compare(5, 9, 10), Standing::kReset);
  EXPECT_EQ(Compare(5, 9, 4), Standing::kReset);
}

}  // namespace
}  // namespace ticklake::lake
