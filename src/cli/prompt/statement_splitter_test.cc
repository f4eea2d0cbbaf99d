#include "cli/prompt/statement_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ticklake::cli {
namespace {

using query::Open;
using testing::ElementsAre;

std::vector<std::string> Texts(std::string_view text) {
  std::vector<std::string> texts;
  for (const auto& statement : SplitStatements(text).All()) texts.emplace_back(statement.text);
  return texts;
}

TEST(StatementSplitter, SemicolonsEndStatements) {
  EXPECT_THAT(Texts("SELECT 1; SELECT 2;\n SELECT 3"),
              ElementsAre("SELECT 1", "SELECT 2", "SELECT 3"));
  EXPECT_THAT(Texts(";; SELECT 1 ;; ; "), ElementsAre("SELECT 1"));
  EXPECT_THAT(Texts(""), ElementsAre());
  EXPECT_THAT(Texts(" -- nothing\n /* here; */"), ElementsAre());
}

TEST(StatementSplitter, QuotesHideSemicolons) {
  EXPECT_THAT(Texts("SELECT 'a;''b;'; SELECT \"c;\"\"d\"; SELECT E'\\';'; SELECT 1"),
              ElementsAre("SELECT 'a;''b;'", "SELECT \"c;\"\"d\"", "SELECT E'\\';'", "SELECT 1"));
  EXPECT_THAT(Texts("SELECT $$a;b$$; SELECT $x$a;$$;$x$; SELECT $1;"),
              ElementsAre("SELECT $$a;b$$", "SELECT $x$a;$$;$x$", "SELECT $1"));
}

TEST(StatementSplitter, CommentsHideSemicolons) {
  EXPECT_THAT(Texts("SELECT 1 -- one; not two\n; SELECT /* a; /* nested; */ b; */ 2;"),
              ElementsAre("SELECT 1", "SELECT /* a; /* nested; */ b; */ 2"));
  EXPECT_THAT(Texts("-- it's\nSELECT 1; -- don't\nSELECT 2;"), ElementsAre("SELECT 1", "SELECT 2"));
}

TEST(StatementSplitter, TellsWhereStatementsBegin) {
  const std::string text = "-- first\nSELECT 1;\n\n  SELECT 2";
  const auto split = SplitStatements(text);
  ASSERT_EQ(split.statements.size(), 1);
  EXPECT_EQ(split.statements[0].begin, text.find("SELECT 1"));
  EXPECT_EQ(split.rest.begin, text.find("SELECT 2"));
}

TEST(StatementSplitter, KnowsWhetherMoreIsToCome) {
  EXPECT_TRUE(SplitStatements("SELECT 1;").Finished());
  EXPECT_TRUE(SplitStatements("SELECT 1; -- done").Finished());
  EXPECT_TRUE(SplitStatements("  ").Finished());
  EXPECT_FALSE(SplitStatements("SELECT 1").Finished());
  EXPECT_FALSE(SplitStatements("SELECT 1; /* a").Finished());
  EXPECT_EQ(SplitStatements("SELECT 'it").open, Open::kString);
  EXPECT_EQ(SplitStatements("SELECT $$it; ").open, Open::kString);
  EXPECT_EQ(SplitStatements("SELECT \"it").open, Open::kQuotedName);
  EXPECT_EQ(SplitStatements("SELECT 1; /* /* */").open, Open::kComment);
  EXPECT_EQ(SplitStatements("SELECT E'\\").open, Open::kString);
  EXPECT_EQ(SplitStatements("SELECT (1, (2").parentheses, 2);
  EXPECT_EQ(SplitStatements("SELECT ((1); SELECT (2").parentheses, 1);
  EXPECT_EQ(SplitStatements("SELECT 1))").parentheses, 0);
}

}  // namespace
}  // namespace ticklake::cli
