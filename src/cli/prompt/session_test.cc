#include "cli/prompt/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/memory_fs.h"
#include "cli/prompt/script.h"

namespace ticklake::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Lines as a person would type them.
class Typed : public LineSource {
 public:
  explicit Typed(std::vector<std::string> lines) : lines_(lines.begin(), lines.end()) {}

  Input Read(std::string_view prompt) override {
    prompts.emplace_back(prompt);
    if (lines_.empty()) return {Input::Kind::kEnd, ""};
    const std::string line = lines_.front();
    lines_.pop_front();
    if (line == "^C") return {Input::Kind::kInterrupt, ""};
    return {Input::Kind::kText, line};
  }
  void Remember(const std::string& entry) override { remembered.push_back(entry); }

  std::vector<std::string> prompts;
  std::vector<std::string> remembered;

 private:
  std::deque<std::string> lines_;
};

/// Answers every statement with itself; "wait" lasts until it is cancelled, "bad" fails.
class Echo : public Asker {
 public:
  query::SqlResult<query::RunStats> Ask(const Question& question, query::ByteSink& sink) override {
    asked.push_back(question.sql);
    ++count;
    format = question.output.format;
    if (question.sql.find("bad") != std::string::npos) {
      return Fail(query::ErrorAt(Code::kInvalid, question.sql, question.sql.find("bad"), "no"));
    }
    if (question.sql == "wait") {
      ::kill(::getpid(), SIGINT);
      while (!question.cancel.stop_requested()) std::this_thread::yield();
      return Fail(Code::kCancelled, "query: cancelled");
    }
    TL_TRY(sink.Write("<" + question.sql + ">\n"));
    if (question.sql == "leave") where = "gone";
    return query::RunStats{.rows = 1234, .elapsed = {}, .notes = {"a note"}};
  }
  std::string Where() override { return where; }

  std::vector<std::string> asked;
  std::atomic<int> count = 0;
  std::string where = "here";
  query::Format format = query::Format::kTable;
};

class SessionTest : public testing::Test {
 protected:
  /// What is on the screen after those lines.
  std::string Type(std::vector<std::string> lines) {
    typed_ = std::make_unique<Typed>(std::move(lines));
    session_.Run(*typed_, "Ticklake on /x");
    return std::exchange(text_, "");
  }

  std::string text_;
  Echo echo_;
  MemoryFileSystem fs_;
  History history_{fs_, "/h"};
  CancelKey cancel_;
  Screen screen_{[this](std::string_view text) { text_ += text; },
                 [](std::string_view text) { return std::string(text); },
                 [](std::string_view text) { return std::string(text); },
                 [] { return size_t{80}; }};
  Session session_{{&echo_, &history_, &cancel_, &screen_}, query::Format::kTable};
  std::unique_ptr<Typed> typed_;
};

TEST_F(SessionTest, StatementsMayHaveManyLines) {
  Type({"SELECT 1", "  , 2; SELECT '", "';", "SELECT (1", ");"});
  EXPECT_THAT(echo_.asked, ElementsAre("SELECT 1\n  , 2", "SELECT '\n'", "SELECT (1\n)"));
  EXPECT_THAT(typed_->prompts, ElementsAre("ticklake>", "ticklake->", "ticklake'>", "ticklake>",
                                           "ticklake(>", "ticklake>"));
  EXPECT_THAT(typed_->remembered, ElementsAre("SELECT 1\n  , 2; SELECT '\n';", "SELECT (1\n);"));
}

TEST_F(SessionTest, PastedLinesAreTakenAtOnce) {
  Type({"SELECT 1;\nSELECT\n2;\n\\x on\nSELECT 3;"});
  EXPECT_THAT(echo_.asked, ElementsAre("SELECT 1", "SELECT\n2", "SELECT 3"));
  EXPECT_EQ(echo_.format, query::Format::kExpanded);
  EXPECT_THAT(typed_->remembered, ElementsAre("SELECT 1;", "SELECT\n2;", "\\x on", "SELECT 3;"));
}

TEST_F(SessionTest, AnswersEndWithRowsAndTime) {
  EXPECT_THAT(Type({"SELECT 1;"}), HasSubstr("<SELECT 1>\nnote: a note\n(1,234 rows, "));
  EXPECT_THAT(Type({"\\timing off", "SELECT 1;"}), HasSubstr("(1,234 rows)\n"));
}

TEST_F(SessionTest, CommandsMayStandBetweenTheLinesOfAStatement) {
  Type({"SELECT 1", "\\x on", ", '", "\\x off", "';"});
  EXPECT_THAT(echo_.asked, ElementsAre("SELECT 1\n, '\n\\x off\n'"));
  EXPECT_EQ(echo_.format, query::Format::kExpanded);
}

TEST_F(SessionTest, CtrlCForgetsWhatIsTyped) {
  Type({"SELECT 'oops", "^C", "SELECT 2;"});
  EXPECT_THAT(echo_.asked, ElementsAre("SELECT 2"));
}

TEST_F(SessionTest, CtrlCCancelsWhatRunsAndWhatWasToFollow) {
  const std::string text = Type({"wait; SELECT 1;\nSELECT 2;", "SELECT 3;"});
  EXPECT_THAT(echo_.asked, ElementsAre("wait", "SELECT 3"));
  EXPECT_THAT(text, HasSubstr("cancelled\n"));
  EXPECT_THAT(text, Not(HasSubstr("error")));
}

TEST_F(SessionTest, ErrorsShowTheirPlaceAndEndNothing) {
  const std::string text = Type({"SELECT", " bad;", "SELECT 2;"});
  EXPECT_THAT(text, HasSubstr("error: line 2, column 2: no\n   bad\n   ^\n"));
  EXPECT_THAT(echo_.asked, ElementsAre("SELECT\n bad", "SELECT 2"));
}

TEST_F(SessionTest, SaysWhenSomebodyElseAnswers) {
  const std::string text = Type({"leave;", "SELECT 1;"});
  EXPECT_THAT(text, HasSubstr("Ticklake on /x (here).\n"));
  EXPECT_THAT(text, HasSubstr("note: now gone\n<SELECT 1>"));
}

TEST_F(SessionTest, CommandsAreCarriedOut) {
  EXPECT_THAT(Type({"help"}), HasSubstr("\\watch [SECONDS]"));
  EXPECT_THAT(Type({"\\nope"}), HasSubstr("no command \\nope"));
  EXPECT_THAT(Type({"\\o jsonl", "SELECT 1;"}), HasSubstr("format is jsonl"));
  EXPECT_EQ(echo_.format, query::Format::kJsonl);
  EXPECT_THAT(Type({"\\o xml"}), HasSubstr("error: format 'xml'"));
  EXPECT_THAT(Type({"\\x maybe"}), HasSubstr("error: 'maybe'"));
  echo_.asked.clear();
  Type({"\\d trades", "\\l", "quit;", "SELECT 1;"});
  EXPECT_THAT(echo_.asked, ElementsAre("DESCRIBE trades", "SHOW DATABASES"));
}

TEST_F(SessionTest, FilesStopAtTheirFirstError) {
  const std::string path = testing::TempDir() + "/ticklake-session.sql";
  std::ofstream(path) << "SELECT 1;\nSELECT\n  bad;\nSELECT 3;\n";
  const std::string text = Type({"\\i " + path});
  EXPECT_THAT(echo_.asked, ElementsAre("SELECT 1", "SELECT\n  bad"));
  EXPECT_THAT(text, HasSubstr("error: " + path + ": line 3, column 3: no\n    bad;\n    ^\n"));
  EXPECT_THAT(Type({"\\i /nonexistent.sql"}), HasSubstr("error: /nonexistent.sql"));
  std::filesystem::remove(path);
}

TEST_F(SessionTest, WatchRunsAgainUntilCtrlC) {
  EXPECT_THAT(Type({"\\watch"}), HasSubstr("run one first"));
  EXPECT_THAT(Type({"\\watch x"}), HasSubstr("not a number"));
  std::jthread key([this](const std::stop_token& stop) {
    while (!stop.stop_requested() && echo_.count < 3) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ::kill(::getpid(), SIGINT);
  });
  Type({"SELECT 1;", "\\watch 0.1", "SELECT 2;"});
  EXPECT_GE(echo_.asked.size(), 4U);
  EXPECT_EQ(echo_.asked[2], "SELECT 1");
  EXPECT_EQ(echo_.asked.back(), "SELECT 2");
}

TEST(Script, ErrorsAreOfTheWholeText) {
  const std::string text = "SELECT 1; -- fine\nSELECT bad; SELECT 2;";
  std::vector<std::string> ran;
  const auto done = RunScript(text, [&](std::string_view sql) -> query::SqlResult<void> {
    ran.emplace_back(sql);
    const size_t bad = sql.find("bad");
    if (bad == std::string_view::npos) return {};
    return Fail(query::ErrorAt(Code::kInvalid, sql, bad, "no"));
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "line 2, column 8: no");
  EXPECT_EQ(query::Caret(text, done.error()), "  SELECT bad; SELECT 2;\n         ^\n");
  EXPECT_THAT(ran, ElementsAre("SELECT 1", "SELECT bad"));
}

TEST(Script, ErrorsWithoutAPlaceNameTheirStatement) {
  const auto fail = [](std::string_view) -> query::SqlResult<void> {
    return Fail(Code::kTimeout, "too slow");
  };
  EXPECT_EQ(RunScript("\n\nSELECT 1; SELECT 2", fail).error().message,
            "the statement at line 3: too slow");
  EXPECT_EQ(RunScript("SELECT 1", fail).error().message, "too slow");
  EXPECT_EQ(RunScript("-- nothing", fail).error().message, "too slow");
}

TEST(ElapsedText, IsShort) {
  EXPECT_EQ(ElapsedText(std::chrono::microseconds(31'400)), "31 ms");
  EXPECT_EQ(ElapsedText(std::chrono::milliseconds(1'240)), "1.24 s");
  EXPECT_EQ(ElapsedText(std::chrono::seconds(123)), "2 min 3 s");
}

}  // namespace
}  // namespace ticklake::cli
