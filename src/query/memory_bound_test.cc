// Whatever a query makes, memory stays within the bound, and the query says so.
#include "query/memory_bound.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_memory.h"
#include "base/test_report.h"
#include "query/instance.h"

namespace ticklake::query {
namespace {

constexpr uint64_t kMib = 1 << 20;
constexpr uint64_t kLimit = 64 * kMib;

TEST(MemoryBoundTest, AHugeValueIsRefusedBeforeItIsMade) {
  if (kSanitized) GTEST_SKIP() << "operator new is the sanitizer's own, and bounds nothing";
  auto instance = Instance::Open({.threads = 2, .memory_limit = kLimit, .lake_root = ""}).value();
  EXPECT_GT(MemoryBound::InUse(), 0U) << "DuckDB does not use what is to count for it";
  auto connection = instance->Connect().value();
  for (const char* const sql : {
           "SELECT length(repeat('x', 2000000000))",
           "SELECT length(repeat(repeat('x', 10000), 100000))",
           "SELECT max(length(repeat('x', 100000 + i::INT))) FROM range(5000) t(i)",
           "SELECT len(generate_series(1, 1000000000))",
           "SELECT len(list_resize([1], 2000000000, 7))",
           "SELECT length(printf('%2000000000d', 1))",
           "SELECT length(format('{:>2000000000}', 1))",
           "SELECT length(replace(repeat('x', 100000), 'x', repeat('y', 100000)))",
           "SELECT length(regexp_replace(repeat('x', 100000), 'x', repeat('y', 100000), 'g'))",
       }) {
    SCOPED_TRACE(sql);
    const PeakMemory peak;
    auto rows = connection.Stream(sql);
    const auto chunk = rows ? rows->Next() : DuckResult<DataChunk>(std::unexpected(rows.error()));
    ASSERT_FALSE(chunk);
    EXPECT_TRUE(chunk.error().out_of_memory) << chunk.error().error.message;
    EXPECT_FALSE(chunk.error().fatal);
    EXPECT_LT(peak.bytes(),
              static_cast<int64_t>(kLimit + MemoryBound::kSpare + 2 * MemoryBound::kLargest));
  }
  // It is given back, and the engine goes on.
  EXPECT_LT(MemoryBound::InUse(), kMib * 8);
  auto rows = connection.Stream("SELECT sum(length(repeat('x', 10000))) FROM range(5000)");
  ASSERT_TRUE(rows);
  EXPECT_TRUE(rows->Next());
}

// They free what they hold before they ask for more: refused, they would free it twice.
TEST(MemoryBoundTest, AggregatesOfGrowingTextsFailCleanly) {
  auto instance =
      Instance::Open({.threads = 2, .memory_limit = 512 * kMib, .lake_root = ""}).value();
  auto connection = instance->Connect().value();
  for (const char* const what : {"max(n)", "min(n)", "first(n)", "last(n)", "any_value(n)",
                                 "arg_max(n, length(n))", "arg_min(n, -length(n))"}) {
    SCOPED_TRACE(what);
    auto rows = connection.Stream(
        fmt::format("WITH RECURSIVE r(n) AS (SELECT 'x' UNION ALL SELECT n || n FROM r) "
                    "SELECT {} FROM r",
                    what));
    const auto chunk = rows ? rows->Next() : DuckResult<DataChunk>(std::unexpected(rows.error()));
    ASSERT_FALSE(chunk);
    EXPECT_TRUE(chunk.error().out_of_memory) << chunk.error().error.message;
  }
}

// Such as memory, which others may have taken: it said "no answer", and was our fault.
TEST(MemoryBoundTest, WhyAQuestionCannotBePreparedIsTold) {
  auto instance = Instance::Open({.threads = 2, .memory_limit = kLimit, .lake_root = ""}).value();
  auto connection = instance->Connect().value();
  const auto answer = connection.Ask("SELEC $1", "x");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, testing::HasSubstr("syntax error"));
}

TEST(MemoryBoundTest, WithoutAnInstanceNothingIsBounded) {
  const uint64_t before = MemoryBound::InUse();
  duckdb_database database = nullptr;
  ASSERT_EQ(duckdb_open(nullptr, &database), DuckDBSuccess);
  duckdb_connection connection = nullptr;
  ASSERT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
  const char* const large = "SELECT length(repeat('x', 200000000))";
  duckdb_result result;
  EXPECT_EQ(duckdb_query(connection, large, &result), DuckDBSuccess);
  duckdb_destroy_result(&result);
  {
    const MemoryBound bound(kMib);
    EXPECT_EQ(duckdb_query(connection, large, &result), DuckDBError);
    duckdb_destroy_result(&result);
  }
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  EXPECT_EQ(MemoryBound::InUse(), before);
}

}  // namespace
}  // namespace ticklake::query
