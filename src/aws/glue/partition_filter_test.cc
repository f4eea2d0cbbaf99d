#include "aws/glue/partition_filter.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace ticklake::aws::glue {
namespace {

const std::vector<catalog::Column> kKeys = {{"s", "string", "", {}},        {"i", "int", "", {}},
                                            {"n", "decimal(10,2)", "", {}}, {"d", "date", "", {}},
                                            {"t", "timestamp", "", {}},     {"f", "float", "", {}}};
const catalog::PartitionValues kRow = {
    "two", "2", "2.60", "2022-02-01", "2022-02-01 00:00:00.000000", "x"};

std::string Try(const std::string& text, const catalog::PartitionValues& row = kRow) {
  const auto filter = PartitionFilter::Parse(text, kKeys);
  if (!filter) return filter.error().message;
  std::string problem;
  const bool matches = filter->Matches(row, problem);
  return !problem.empty() ? problem : matches ? "yes" : "no";
}

TEST(PartitionFilter, ConditionsThatHold) {
  for (const char* text :
       {"i = 2",
        "i = '2'",
        "I = 2",
        "`i` = 2",
        "\"i\" = 2",
        "i IN (2)",
        "i in (6, '4', 2)",
        "i between 2 AND 2",
        "i > 1 AND i < 3",
        "i >= 2 and i <> 3",
        "i != 3",
        "2 = i",
        "3 > i",
        "(i) = ((2)) (OR) (((i))) = (2)",
        "((i = 2))",
        "((i) = 2 or (i = 3))",
        "i IS NOT NULL and i = 2",
        "i not IN (1, 3)",
        "NOT i = 3",
        "not (i = 3 and s = 'two')",
        "i NOT BETWEEN 1 AND 1 and i NOT BETWEEN 3 AND 3",
        "i = 4 OR i = 5 AND i = '-1' OR i = 0 OR i = '2'",
        "n = 2.6",
        "n = '2.6'",
        "n < 3e10",
        "n > -3e10",
        "n in (6, '4', 260e-2)",
        "n between 2.59 and 2.61",
        "s = 'two'",
        "s LIKE 't_o'",
        "s LIKE '%wo'",
        "s like '%'",
        "s NOT LIKE '%e' AND s not like '_'",
        "s between 'twn' AND 'twp'",
        "s <> 2",
        "d = '2022-02-01'",
        "d = date '2022-02-01'",
        "d > '2022-01-15' AND d < '2022-02-15'",
        "t = '2022-02-01 00:00:00'",
        "t = timestamp '2022-02-01 00:00:00.000000000'",
        "t > '2022-01-31 23:59:59.999999999' AND t < '2022-02-01 00:00:00.000000001'",
        "",
        "  "}) {
    EXPECT_EQ(Try(text), "yes") << text;
  }
}

TEST(PartitionFilter, ConditionsThatDoNot) {
  for (const char* text :
       {"i = 3", "i <> 2", "i in (1, 3)", "i not in (2)", "i < 2", "i is null", "s = 'Two'",
        "s like 't'", "s like '_'", "n = 2.61", "n <= -2.6", "d < '2022-02-01'",
        "i = 2 and s = 'x'", "not i = 2", "i = 1 or i = 3", "t <> '2022-02-01 00:00:00.0'"}) {
    EXPECT_EQ(Try(text), "no") << text;
  }
}

TEST(PartitionFilter, SaysWhatIsWrong) {
  EXPECT_EQ(Try("i = 'test'"), "\"test\" is not an integer.");
  EXPECT_EQ(Try("i in (2.5)"), "\"2.5\" is not an integer.");
  EXPECT_EQ(Try("n = 'test'"), "test is not a decimal.");
  EXPECT_EQ(Try("d = '2022-02-32'"), "2022-02-32 is not a date.");
  EXPECT_NE(Try("t = '2022-02-01'").find("is not a timestamp"), std::string::npos);
  EXPECT_NE(Try("t = '2022-02-15 00:00:00.'").find("is not a timestamp"), std::string::npos);
  EXPECT_EQ(Try("i LIKE '2'"), "Integral data type doesn't support operation 'LIKE'");
  EXPECT_EQ(Try("d LIKE '2'"), "Date data type doesn't support operation 'LIKE'");
  EXPECT_EQ(Try("f = 3.14"), "Unknown type : 'float'");
  EXPECT_EQ(Try("x IS NULL"), "Invalid partition expression!");
  for (const char* text : {"i", "i =", "i = 2 and", "(i = 2", "i = 2)", "i in ()", "i in (2",
                           "i IS x' AND", "= 2", "i between 1", "i ; 2", "i = i", "'", "not"}) {
    EXPECT_EQ(Try(text), fmt::format("Unsupported expression '{}'", text));
  }
  EXPECT_EQ(Try("i = 2", {"two", "int"}), "\"int\" is not an integer.");
  EXPECT_EQ(Try("s = 'two'", {"two", "int"}), "yes");
}

TEST(PartitionFilter, NullOfHive) {
  const catalog::PartitionValues row = {"a", "__HIVE_DEFAULT_PARTITION__", "1"};
  EXPECT_EQ(Try("i is null", row), "yes");
  for (const char* text : {"i = 1", "i <> 1", "i > 1", "i <= 1", "i not in (1)", "i is not null",
                           "i not between 1 and 2"}) {
    EXPECT_EQ(Try(text, row), "no") << text;
  }
}

TEST(PartitionFilter, DepthHasAnEnd) {
  const std::string deep = std::string(900, '(') + "i = 2" + std::string(900, ')');
  EXPECT_TRUE(Try(deep).starts_with("Unsupported"));
  EXPECT_EQ(Try(std::string(60, '(') + "i = 2" + std::string(60, ')')), "yes");
  EXPECT_TRUE(Try(std::string(3000, 'x')).starts_with("Expression: has 3000 bytes"));
}

}  // namespace
}  // namespace ticklake::aws::glue
