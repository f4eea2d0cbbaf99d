#include "query/scanner.h"

#include <gtest/gtest.h>

#include <random>

#include "query/sql_error.h"

namespace ticklake::query {
namespace {

std::vector<std::string> Spellings(std::string_view sql) {
  std::vector<std::string> all;
  for (const Token& token : Scan(sql)) all.push_back(Spelling(sql, token));
  return all;
}

using Words = std::vector<std::string>;

TEST(ScannerTest, Tokens) {
  EXPECT_EQ(Spellings("select 'a;b' , \"x\"\"y\" -- ;\n/* ; /* */ */ ;"),
            (Words{"SELECT", "'a;b'", ",", "\"x\"\"y\"", ";"}));
  EXPECT_EQ(Spellings("$1 $x $$a;b$$ $t$ ; $$ $t$ ?"),
            (Words{"$1", "$x", "$$a;b$$", "$t$ ; $$ $t$", "?"}));
  EXPECT_EQ(Spellings(R"(E'a\';b' 'a''b' 1.5e3 a$1)"),
            (Words{R"(E'a\';b')", "'a''b'", "1.5e3", "A$1"}));
  EXPECT_EQ(Spellings("'open ; "), (Words{"'open ; "}));
  EXPECT_EQ(Spellings("1 /* open ; "), (Words{"1"}));
  EXPECT_EQ(Spellings(""), Words{});
}

TEST(ScannerTest, Names) {
  const std::string sql = "Trades \"My \"\"Table\"\"\"";
  const auto tokens = Scan(sql);
  ASSERT_EQ(tokens.size(), 2U);
  EXPECT_EQ(NameOf(sql, tokens[0]), "trades");
  EXPECT_EQ(NameOf(sql, tokens[1]), "my \"table\"");
}

TEST(ScannerTest, TokensLieInOrderInAnyText) {
  std::mt19937 random(7);
  const std::string letters = "a1'\"$;-/*\\ \n?E.\xC3\xA9";
  for (int round = 0; round < 5'000; ++round) {
    std::string sql;
    for (auto n = random() % 30; n > 0; --n) sql += letters[random() % letters.size()];
    size_t end = 0;
    for (const Token& token : Scan(sql)) {
      ASSERT_LE(end, token.begin);
      ASSERT_LT(token.begin, token.end);
      ASSERT_LE(token.end, sql.size());
      end = token.end;
    }
  }
}

TEST(SqlErrorTest, PlacesCountCharacters) {
  const std::string sql = "a\n\xC3\xA9\xC3\xA9 b\r\n";
  EXPECT_EQ(Locate(sql, 0).column, 1);
  EXPECT_EQ(Locate(sql, 7).line, 2);
  EXPECT_EQ(Locate(sql, 7).column, 4);
  EXPECT_EQ(Locate(sql, 1'000).line, 3);
  const SqlError error = ErrorAt(Code::kInvalid, sql, 7, "no");
  EXPECT_EQ(error.message, "line 2, column 4: no");
  EXPECT_EQ(Caret(sql, error), "  \xC3\xA9\xC3\xA9 b\n     ^\n");
  EXPECT_EQ(Caret(sql, SqlError(Error{Code::kIo, "x"})), "");
}

TEST(SqlErrorTest, LongLinesAreCutAroundTheCaret) {
  const std::string sql = std::string(500, 'a') + "X" + std::string(500, 'b');
  const std::string caret = Caret(sql, ErrorAt(Code::kInvalid, sql, 500, ""));
  EXPECT_LT(caret.size(), 220U);
  const size_t line = caret.find('\n');
  EXPECT_EQ(caret[caret.find('^') - line - 1], 'X');
}

}  // namespace
}  // namespace ticklake::query
