#include "query/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <thread>

#include "query/sample_lake.h"

namespace ticklake::query {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class StringSink : public ByteSink {
 public:
  Result<void> Write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

class EngineTest : public testing::Test {
 protected:
  EngineTest()
      : folder_(testing::TempDir() + "/ticklake-engine-" +
                testing::UnitTest::GetInstance()->current_test_info()->name()),
        source_(SampleLake(folder_ + "/lake")),
        engine_(*source_,
                {.threads = 2, .lake_root = folder_ + "/lake", .temp_dir = folder_ + "/temp"}) {}
  ~EngineTest() override { std::filesystem::remove_all(folder_); }

  SqlResult<std::string> Csv(std::string_view sql, const RunOptions& options = {}) {
    StringSink sink;
    const auto writer = MakeWriter({.format = Format::kCsv}, sink);
    TL_TRY(engine_.Run(sql, *writer, options));
    std::erase(sink.text, '\r');
    return sink.text;
  }

  /// The same with an error as text.
  std::string Text(std::string_view sql) {
    const auto result = Csv(sql);
    return result ? *result : "error: " + result.error().message;
  }

  std::string folder_;
  std::unique_ptr<FakeSource> source_;
  Engine engine_;
};

TEST_F(EngineTest, FilesAndTailAreOneTable) {
  EXPECT_EQ(
      Text("SELECT symbol, count(*) AS n, max(price) AS high FROM trades GROUP BY 1 ORDER BY 1"),
      "symbol,n,high\nAAPL,3,188.0\nMSFT,1,412.5\nNVDA,1,140.125\n");
}

TEST_F(EngineTest, ExplainShowsThePlanAndNoPaths) {
  const std::string plan =
      Text("-- why\nEXPLAIN SELECT symbol, count(*) FROM trades GROUP BY symbol;");
  EXPECT_THAT(plan, testing::StartsWith("plan\n"));
  EXPECT_THAT(plan, HasSubstr("GROUP_BY"));
  EXPECT_GT(std::ranges::count(plan, '\n'), 5);
  EXPECT_THAT(plan, testing::Not(HasSubstr(folder_)));
  EXPECT_THAT(Text("EXPLAIN SELECT count(*) FROM range(1000000000000)"), HasSubstr("plan\n"));
}

TEST_F(EngineTest, OneViewATableHoweverOftenItIsNamed) {
  EXPECT_EQ(Text("SELECT count(*) AS n FROM trades a, market.trades b, TRADES c"), "n\n125\n");
  EXPECT_EQ(source_->views(), 1);
}

TEST_F(EngineTest, NoQuerySeesTheTablesOfAnother) {
  ASSERT_TRUE(Csv("SELECT * FROM trades"));
  const auto hidden = Csv("SELECT * FROM __ticklake_query_1.market.trades");
  ASSERT_FALSE(hidden);
  EXPECT_EQ(hidden.error().code, Code::kUnsupported);
}

TEST_F(EngineTest, ManyAtOnce) {
  constexpr int kThreads = 8;
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  std::atomic<int> wrong{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const bool ok =
            t % 2 == 0
                ? Text("SELECT sum(size) AS s FROM trades") == "s\n178.0\n"
                : Text("SELECT count(*) AS n FROM quotes JOIN trades USING (symbol)") == "n\n6\n";
        if (!ok) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST_F(EngineTest, TimeoutInterrupts) {
  const auto start = std::chrono::steady_clock::now();
  const auto result =
      Csv("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 9",
          {.timeout = milliseconds(100), .cancel = {}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kTimeout) << result.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
  EXPECT_EQ(Text("SELECT 1 AS one"), "one\n1\n");
}

TEST_F(EngineTest, CancelInterrupts) {
  std::stop_source stop;
  const std::jthread asker([&] {
    std::this_thread::sleep_for(milliseconds(50));
    stop.request_stop();
  });
  const auto result =
      Csv("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 9",
          {.timeout = milliseconds(0), .cancel = stop.get_token()});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kCancelled) << result.error().message;
}

// Each is inside one call of DuckDB for seconds, which heeds nothing.
TEST_F(EngineTest, CallsThatCannotBeInterruptedAreLeft) {
  Engine engine(*source_, {.threads = 2,
                           .lake_root = folder_ + "/lake",
                           .temp_dir = "",
                           .leave_after = milliseconds(100),
                           .most_left = 2});
  StringSink sink;
  const auto run = [&](std::string_view sql, const RunOptions& options) {
    return engine.Run(sql, *MakeWriter({.format = Format::kCsv}, sink), options);
  };
  const std::string endless = "SELECT levenshtein(repeat('ab', 9000), repeat('cd', 9000))";
  ASSERT_TRUE(run("SELECT 1", {}));  // DuckDB has started
  std::stop_source gone;
  std::jthread goes([&] {
    std::this_thread::sleep_for(milliseconds(100));
    gone.request_stop();
  });
  const auto cancelled = run(endless, {.timeout = milliseconds(0), .cancel = gone.get_token()});
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, Code::kCancelled);
  EXPECT_EQ(engine.left(), 1) << cancelled.error().message;
  EXPECT_TRUE(run("SELECT 1", {})) << "others are served meanwhile";
  const auto late = run(endless, {.timeout = milliseconds(100)});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kTimeout);
  EXPECT_THAT(late.error().message, HasSubstr("cannot be interrupted"));
  const auto refused = run("SELECT 1", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("2 queries that were stopped"));
  for (int i = 0; i < 6'000 && engine.left() > 0; ++i)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_TRUE(run("SELECT 1", {})) << "once they are done";
}

TEST_F(EngineTest, RowsStreamWithoutBeingKept) {
  class Stopper : public ByteSink {
   public:
    Result<void> Write(std::string_view bytes) override {
      taken += bytes.size();
      if (taken > 1 << 20) return Fail(Code::kIo, "client: gone");
      return {};
    }
    size_t taken = 0;
  };
  Stopper sink;
  const auto writer = MakeWriter({.format = Format::kJsonl}, sink);
  const auto result = engine_.Run("SELECT * FROM range(1000000000000)", *writer);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "client: gone");
}

TEST_F(EngineTest, AsMuchAsWasWrittenIsRead) {
  const auto result = Csv("SELECT count(*) AS n, sum(range) AS s FROM range(10000000)");
  EXPECT_EQ(result, "n,s\n10000000,49999995000000\n");
  StringSink sink;
  const auto writer = MakeWriter({.format = Format::kCsv}, sink);
  const auto stats = engine_.Run("SELECT * FROM range(100000)", *writer);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->rows, 100'000U);
  EXPECT_EQ(std::ranges::count(sink.text, '\n'), 100'001);
}

TEST_F(EngineTest, ErrorsWhileRowsArriveAreErrors) {
  std::string why = "run it again to see why";
  for (int run = 0; run < 10 && why.ends_with("run it again to see why"); ++run) {
    const auto result = Csv(
        "SELECT CASE WHEN range = 900000 THEN error('at last') ELSE 'x' END FROM range(1000000)");
    ASSERT_FALSE(result);
    why = result.error().message;
  }
  EXPECT_THAT(why, HasSubstr("at last"));
}

TEST_F(EngineTest, MemoryLimitIsAnErrorNotACrash) {
  Engine small(
      *source_,
      {.threads = 2, .memory_limit = 32 << 20, .lake_root = folder_ + "/lake", .temp_dir = ""});
  StringSink sink;
  const auto writer = MakeWriter({.format = Format::kCsv}, sink);
  const auto result = small.Run("SELECT list(range) FROM range(100000000)", *writer);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kUnsupported) << result.error().message;
  EXPECT_TRUE(small.Run("SELECT 1", *MakeWriter({.format = Format::kCsv}, sink)));
}

TEST_F(EngineTest, SpillsToItsFolder) {
  Engine small(*source_, {.threads = 2,
                          .memory_limit = 48 << 20,
                          .lake_root = folder_ + "/lake",
                          .temp_dir = folder_ + "/temp"});
  StringSink sink;
  const auto writer = MakeWriter({.format = Format::kCsv}, sink);
  const auto result = small.Run(
      "SELECT count(*) AS n FROM (SELECT range AS k, repeat('x', 40) AS v FROM range(2000000) "
      "ORDER BY hash(range))",
      *writer);
  EXPECT_TRUE(result) << result.error().message;
}

TEST_F(EngineTest, NotesOfTheSourceArePassedOn) {
  source_->SetNote("market", "quotes", "topic quotes: its broker cannot be reached");
  StringSink sink;
  const auto stats =
      engine_.Run("SELECT * FROM quotes", *MakeWriter({.format = Format::kCsv}, sink));
  ASSERT_TRUE(stats);
  EXPECT_THAT(stats->notes, testing::ElementsAre("topic quotes: its broker cannot be reached"));
}

TEST_F(EngineTest, FolderNamesThatLookLikePatterns) {
  auto odd = SampleLake(folder_ + "/lake/a[1]*?'b");
  Engine engine(*odd, {.threads = 1, .lake_root = folder_ + "/lake"});
  StringSink sink;
  const auto result = engine.Run("SELECT count(*) AS n FROM research.notes",
                                 *MakeWriter({.format = Format::kCsv}, sink));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(sink.text, "n\r\n3\r\n");
}

TEST_F(EngineTest, TheLakeMayBeReachedThroughALink) {
  std::filesystem::create_directory_symlink(folder_ + "/lake", folder_ + "/link");
  for (const auto& [files, root] : std::vector<std::pair<std::string, std::string>>{
           {"lake", "link"}, {"link", "lake"}, {"link", "link"}}) {
    auto linked = SampleLake(folder_ + '/' + files);
    Engine engine(*linked, {.threads = 1, .lake_root = folder_ + '/' + root, .temp_dir = ""});
    StringSink sink;
    const auto result = engine.Run("SELECT count(*) AS n FROM research.notes",
                                   *MakeWriter({.format = Format::kCsv}, sink));
    EXPECT_TRUE(result) << files << " under " << root << ": " << result.error().message;
  }
}

TEST_F(EngineTest, FilesOutsideTheLakeAreNotRead) {
  auto outside = SampleLake(folder_ + "/elsewhere");
  Engine engine(*outside, {.threads = 1, .lake_root = folder_ + "/lake"});
  StringSink sink;
  const auto result =
      engine.Run("SELECT * FROM research.notes", *MakeWriter({.format = Format::kCsv}, sink));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("research.notes"));
}

}  // namespace
}  // namespace ticklake::query
