#include "cli/prompt/completer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "cli/prompt/commands.h"

namespace ticklake::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class FakeNames : public NameSource {
 public:
  std::vector<std::string> Databases() override { return {"market", "other"}; }
  std::vector<std::string> Tables(const std::string& database) override {
    if (database == "market") return {"trades", "quotes", "2024 data"};
    if (database == "other") return {"things"};
    return {};
  }
  std::vector<std::string> Columns(const std::string& database, const std::string& table) override {
    ++asked[database + "." + table];
    if (table == "trades") return {"ts_event", "symbol", "price", "size", "offset", "größe"};
    if (table == "quotes") return {"bid_px_00", "ask_px_00", "pressure"};
    if (table == "things") return {"thing"};
    return {};
  }
  std::map<std::string, int> asked;
};

class CompleterTest : public testing::Test {
 protected:
  /// `|` is the cursor. The text after Tab, or the choices that are shown.
  std::string Tab(std::string text) {
    const size_t cursor = text.find('|');
    text.erase(cursor, 1);
    const Completion done = CompleteSql(text, cursor, names_);
    choices_ = done.choices;
    return Apply(text, cursor, done);
  }
  std::string TabCommand(std::string text) {
    const size_t cursor = text.find('|');
    text.erase(cursor, 1);
    const Completion done = CompleteCommand(text, cursor, names_);
    choices_ = done.choices;
    return Apply(text, cursor, done);
  }
  static std::string Apply(std::string text, size_t cursor, const Completion& done) {
    size_t from = cursor;
    for (size_t left = done.erase; left > 0 && from > 0;) {
      if ((static_cast<unsigned char>(text[--from]) & 0xC0) != 0x80) --left;
    }
    return text.replace(from, cursor - from, done.insert);
  }

  FakeNames names_;
  std::vector<std::string> choices_;
};

TEST_F(CompleterTest, StatementsBeginWithTheirWords) {
  EXPECT_EQ(Tab("sel|"), "select ");
  EXPECT_EQ(Tab("SEL|"), "SELECT ");
  EXPECT_EQ(Tab("SELECT 1; Des|"), "SELECT 1; describe ");
  EXPECT_EQ(Tab("SHOW |"), "SHOW ");
  EXPECT_THAT(choices_, ElementsAre("TABLES", "DATABASES"));
  Tab("|");
  EXPECT_THAT(choices_, Contains("SELECT "));
}

TEST_F(CompleterTest, TablesFollowFrom) {
  EXPECT_EQ(Tab("SELECT * FROM tr|"), "SELECT * FROM trades ");
  EXPECT_EQ(Tab("SELECT * FROM trades t JOIN q|"), "SELECT * FROM trades t JOIN quotes ");
  EXPECT_EQ(Tab("SELECT * FROM trades, q|"), "SELECT * FROM trades, quotes ");
  EXPECT_EQ(Tab("SELECT f(a, b) FROM trades AS t, q|"), "SELECT f(a, b) FROM trades AS t, quotes ");
  EXPECT_EQ(Tab("DESCRIBE q|"), "DESCRIBE quotes ");
  EXPECT_EQ(Tab("SELECT * FROM oth|"), "SELECT * FROM other.");
  EXPECT_EQ(Tab("SELECT * FROM other.|"), "SELECT * FROM other.things");
  EXPECT_EQ(Tab("SELECT * FROM \"20|"), "SELECT * FROM \"2024 data\" ");
  EXPECT_EQ(Tab("SHOW TABLES FROM o|"), "SHOW TABLES FROM other");
  Tab("SELECT * FROM |");
  EXPECT_THAT(choices_, ElementsAre("trades ", "quotes ", "\"2024 data\" ", "market.", "other."));
}

TEST_F(CompleterTest, ColumnsAreThoseOfTheTablesNamed) {
  EXPECT_EQ(Tab("SELECT pric| FROM trades"), "SELECT price FROM trades");
  EXPECT_EQ(Tab("SELECT pric|, size FROM quotes, trades"),
            "SELECT price, size FROM quotes, trades");
  EXPECT_EQ(names_.asked.count("other.things"), 0);
  EXPECT_EQ(Tab("SELECT symbol FROM trades WHERE SY|"), "SELECT symbol FROM trades WHERE symbol");
  Tab("SELECT | FROM quotes");
  EXPECT_THAT(choices_, ElementsAre("bid_px_00", "ask_px_00", "pressure"));
  Tab("SELECT p| FROM trades; SELECT 1 FROM quotes");
  EXPECT_THAT(choices_, Contains("price"));
  EXPECT_EQ(choices_.front(), "price");
  EXPECT_THAT(choices_, Not(Contains("pressure")));
  EXPECT_THAT(choices_, Contains("percent_rank("));
  EXPECT_THAT(choices_, Contains("partition by "));
}

TEST_F(CompleterTest, WithoutATableColumnsOfAllAreOffered) {
  EXPECT_EQ(Tab("SELECT pres|"), "SELECT pressure");
  EXPECT_EQ(Tab("SELECT ask|"), "SELECT ask_px_00");
}

TEST_F(CompleterTest, AliasesAndTablesQualify) {
  EXPECT_EQ(Tab("SELECT q.b| FROM trades t, quotes AS q"),
            "SELECT q.bid_px_00 FROM trades t, quotes AS q");
  EXPECT_EQ(Tab("SELECT trades.pri| FROM trades"), "SELECT trades.price FROM trades");
  EXPECT_EQ(Tab("SELECT other.things.th|"), "SELECT other.things.thing");
  EXPECT_EQ(Tab("SELECT x.th| FROM other.things x WHERE 1"),
            "SELECT x.thing FROM other.things x WHERE 1");
}

TEST_F(CompleterTest, NamesThatNeedQuotesGetThem) {
  EXPECT_EQ(Tab("SELECT off| FROM trades"), "SELECT off FROM trades");  // offset, as both
  EXPECT_THAT(choices_, ElementsAre("\"offset\"", "offset "));
  EXPECT_EQ(Tab("SELECT \"off| FROM trades"), "SELECT \"offset\" FROM trades");
  EXPECT_EQ(Tab("SELECT grö| FROM trades"), "SELECT \"größe\" FROM trades");
}

TEST_F(CompleterTest, FunctionsAndKeywords) {
  EXPECT_EQ(Tab("SELECT approx_cou|"), "SELECT approx_count_distinct(");
  EXPECT_EQ(Tab("SELECT * FROM trades ORDE|"), "SELECT * FROM trades ORDER BY ");
  EXPECT_EQ(Tab("SELECT * FROM trades whe|"), "SELECT * FROM trades whe");
  EXPECT_THAT(choices_, ElementsAre("when ", "where "));
}

TEST_F(CompleterTest, NothingInsideStringsCommentsAndNumbers) {
  for (const char* text : {"SELECT 'pri|", "SELECT 1 -- pri|", "SELECT /* pri|", "SELECT 12|",
                           "SELECT $$pri|", "-- sel|"}) {
    std::string expected(text);
    expected.erase(expected.find('|'), 1);
    EXPECT_EQ(Tab(text), expected);
    EXPECT_THAT(choices_, IsEmpty());
  }
  EXPECT_EQ(Tab("SELECT 'x' -- no\n, pric|"), "SELECT 'x' -- no\n, price");
}

TEST_F(CompleterTest, CommandsHaveTheirOwn) {
  EXPECT_EQ(TabCommand("\\ti|"), "\\timing ");
  EXPECT_EQ(TabCommand("\\d tr|"), "\\d trades ");
  EXPECT_EQ(TabCommand("\\o exp|"), "\\o expanded");
  EXPECT_EQ(TabCommand("\\x of|"), "\\x off");
  TabCommand("\\|");
  EXPECT_EQ(choices_.size(), kCommands.size());
}

TEST(ChoiceTable, FitsTheWidth) {
  EXPECT_EQ(ChoiceTable({"a", "bbbb", "é", "d"}, 16), "a     bbbb  é\nd\n");
  EXPECT_EQ(ChoiceTable({"long name", "other"}, 4), "long name\nother\n");
  EXPECT_THAT(ChoiceTable(std::vector<std::string>(200, "x"), 80),
              testing::EndsWith("… and 80 more\n"));
}

TEST(Commands, LinesAreTakenApart) {
  EXPECT_TRUE(IsCommand(" \\d trades"));
  EXPECT_TRUE(IsCommand("HELP;"));
  EXPECT_FALSE(IsCommand("help me"));
  EXPECT_FALSE(IsCommand("SELECT 1"));
  const auto described = ParseCommand("  \\d  market.trades ; ");
  ASSERT_TRUE(described);
  EXPECT_EQ(described->kind, CommandKind::kTables);
  EXPECT_EQ(described->argument, "market.trades");
  EXPECT_EQ(ParseCommand("exit")->kind, CommandKind::kQuit);
  EXPECT_EQ(ParseCommand("\\i a b;.sql")->argument, "a b;.sql");
  EXPECT_FALSE(ParseCommand("\\nope"));
  for (const CommandInfo& command : kCommands) {
    EXPECT_THAT(CommandHelp(), testing::HasSubstr(command.help));
  }
}

}  // namespace
}  // namespace ticklake::cli
