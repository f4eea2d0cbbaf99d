#include "lake/verify/verify.h"

#include <gtest/gtest.h>

#include "lake/ranges/keys.h"
#include "lake/sink/positions.h"
#include "lake/sink/sink_fixture.h"

namespace ticklake::lake {
namespace {

/// A committed table of one log with one of everything: 4 rows, a dead letter, a tombstone, a
/// hole; in two commits.
class VerifyTest : public testing::Test {
 protected:
  VerifyTest() {
    Random random(1);
    topic_ = log_.AddTopic("events", 1, random);
    log_.Append(LogOf(topic_), R"({"a":1})");
    log_.Append(LogOf(topic_), R"({"a":2})");
    log_.Append(LogOf(topic_), "no json");
    Drain();
    log_.Append(LogOf(topic_), std::nullopt);
    log_.Append(LogOf(topic_), R"({"a":3})");
    log_.Skip(LogOf(topic_));
    log_.Append(LogOf(topic_), R"({"a":4})");
    Drain();
  }

  void Drain(OnGap on_gap = OnGap::kStop) {
    const auto drained = lake_.Start(log_, {.on_gap = on_gap})->DrainToEnd();
    ASSERT_TRUE(drained) << drained.error().message;
  }

  VerifyReport Check() {
    const auto report = Verify({lake_.tables.get(), &log_}, "market", "events");
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(VerifyReport());
  }

  /// Commits as somebody would who does not know the protocol.
  void Meddle(const TableChange& change) {
    const auto state = lake_.tables->Load("market", "events");
    ASSERT_TRUE(lake_.tables->Commit(*state, change));
  }
  iceberg::DataFile FirstFile() {
    const auto state = lake_.tables->Load("market", "events");
    return lake_.tables->LiveFiles(*state)->front();
  }

  Lake lake_;
  FakeLog log_;
  kafka::TopicInfo topic_;
};

TEST_F(VerifyTest, AccountsForEveryOffset) {
  const VerifyReport report = Check();
  EXPECT_TRUE(report.Ok()) << report.problems.front();
  EXPECT_TRUE(report.Complete());
  ASSERT_EQ(report.logs.size(), 1U);
  const LogLedger& log = report.logs.front();
  EXPECT_EQ(std::tuple(log.from, log.to, log.rows, log.dead_letters, log.tombstones, log.holes),
            std::tuple(0, 7, 4, 1, 1, 1));
  EXPECT_EQ(*TopicTables(*lake_.tables, "market"), std::vector<std::string>{"events"});
}

TEST_F(VerifyTest, FindsWhatIsMissing) {
  TableChange change;
  change.removed_paths = {FirstFile().path};
  Meddle(change);
  const VerifyReport report = Check();
  EXPECT_FALSE(report.Ok());
  EXPECT_EQ(report.logs.front().missing, 2);
}

TEST_F(VerifyTest, FindsWhatIsThereTwice) {
  iceberg::DataFile file = FirstFile();
  const std::string key = *lake_.store->KeyOf(file.path);
  ASSERT_TRUE(lake_.store->Put(key + ".copy", *lake_.store->Get(key)));
  file.path += ".copy";
  TableChange change;
  change.added = {file};
  Meddle(change);
  const VerifyReport report = Check();
  ASSERT_FALSE(report.Ok());
  EXPECT_EQ(report.logs.front().duplicates, 2);
  EXPECT_NE(report.problems.front().find("more than once"), std::string::npos);
}

TEST_F(VerifyTest, FindsRowsThatTheLogDoesNotHave) {
  // The same offsets hold tombstones now: another log under the same name and id.
  FakeLog other;
  Random random(1);
  const auto topic = other.AddTopic("events", 1, random);
  ASSERT_EQ(topic.topic_id, topic_.topic_id);
  for (int n = 0; n < 7; ++n) other.Append(LogOf(topic), std::nullopt);
  const auto report = Verify({lake_.tables.get(), &other}, "market", "events");
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->Ok());
  EXPECT_EQ(report->logs.front().unexpected, 5);
}

TEST_F(VerifyTest, FindsTextsThatDisagreeAndRangesThatDoNotTile) {
  const auto loaded = LoadTopicTable(*lake_.tables, "market", "events");
  TableChange change;
  change.set_properties[kPositionsKey] = PositionSet().ToJson();
  Meddle(change);
  EXPECT_FALSE(Check().Ok());
  change.set_properties[kPositionsKey] = loaded->positions.ToJson();
  change.summary[kPositionsKey] = loaded->positions.ToJson();
  change.summary[kRangesKey] = RangesToJson({{LogOf(topic_), "events", 0, 6, 7}});
  Meddle(change);
  const VerifyReport report = Check();
  ASSERT_FALSE(report.Ok());
  EXPECT_NE(report.problems.front().find("begins at 6, the one before ends at 7"),
            std::string::npos)
      << report.problems.front();
}

TEST_F(VerifyTest, ALogThatLostCommittedRecordsIsAProblem) {
  log_.Lose(LogOf(topic_), 5);
  const VerifyReport report = Check();
  ASSERT_FALSE(report.Ok());
  EXPECT_NE(report.problems.front().find("ends at 5"), std::string::npos);
}

TEST_F(VerifyTest, RetentionAndRecordedHolesAreNoProblem) {
  for (int n = 0; n < 6; ++n) log_.Append(LogOf(topic_), R"({"a":5})");
  log_.Truncate(LogOf(topic_), 9);
  Drain(OnGap::kRecord);
  const VerifyReport report = Check();
  EXPECT_TRUE(report.Ok()) << report.problems.front();
  EXPECT_EQ(report.logs.front().from, 9);
  EXPECT_EQ(report.logs.front().before_start, 5);
  EXPECT_EQ(report.logs.front().rows, 4);
}

TEST_F(VerifyTest, ADamagedBatchRecordedAsAHoleIsAccountedFor) {
  for (int n = 0; n < 6; ++n) log_.Append(LogOf(topic_), R"({"a":5})");
  log_.Damage(LogOf(topic_), 8, 10);
  Drain(OnGap::kRecord);
  const VerifyReport report = Check();
  EXPECT_TRUE(report.Ok()) << report.problems.front();
  EXPECT_EQ(report.logs.front().holes, 3);
  EXPECT_EQ(report.logs.front().rows, 8);
}

TEST_F(VerifyTest, SaysWhatItCannotCheck) {
  auto report = Verify({lake_.tables.get(), nullptr}, "market", "events");
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->Ok());
  EXPECT_FALSE(report->Complete());
  log_.DeleteTopic("events");
  report = Verify({lake_.tables.get(), &log_}, "market", "events");
  EXPECT_TRUE(report->Complete());
  EXPECT_FALSE(report->logs.front().checkable);
  EXPECT_EQ(Verify({lake_.tables.get(), &log_}, "market", "none").error().code, Code::kNotFound);
  EXPECT_EQ(Verify({lake_.tables.get(), &log_}, "market", "events__dlq").error().code,
            Code::kInvalid);
}

}  // namespace
}  // namespace ticklake::lake
