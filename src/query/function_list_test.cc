#include "query/function_list.h"

#include <gtest/gtest.h>

#include <set>

#include "query/duck.h"

namespace ticklake::query {
namespace {

// Names that duckdb_functions() gives for kinds of functions.
std::set<std::string> Names(Connection& connection, const std::string& kinds) {
  std::set<std::string> names;
  auto rows = connection.Stream(
      "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN (" + kinds +
      ")");
  EXPECT_TRUE(rows) << rows.error().error.message;
  while (true) {
    const DataChunk chunk = rows->Next().value();
    if (chunk == nullptr) return names;
    auto* texts = static_cast<duckdb_string_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), 0)));
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk.get()); ++i) {
      names.emplace(duckdb_string_t_data(&texts[i]), duckdb_string_t_length(texts[i]));
    }
  }
}

class FunctionListTest : public testing::Test {
 protected:
  FunctionListTest() { duckdb_open(nullptr, &database_); }
  ~FunctionListTest() override { duckdb_close(&database_); }
  duckdb_database database_ = nullptr;
};

// A newer DuckDB brings functions that nobody judged: read what each does, then put it into
// functions_allowed.inc, table_functions_allowed.inc or functions_refused.inc.
TEST_F(FunctionListTest, EveryFunctionOfDuckDbIsJudged) {
  auto connection = Connection::Open(database_).value();
  for (const auto& name : Names(connection, "'scalar', 'aggregate', 'macro'")) {
    EXPECT_TRUE(IsAllowedFunction(name) || IsRefusedFunction(name)) << name;
  }
  for (const auto& name : Names(connection, "'table', 'table_macro', 'pragma'")) {
    EXPECT_TRUE(IsAllowedTableFunction(name) || IsRefusedFunction(name)) << name;
  }
}

TEST_F(FunctionListTest, CaseDoesNotMatter) {
  EXPECT_TRUE(IsAllowedFunction("COUNT"));
  EXPECT_TRUE(IsAllowedFunction("formatReadableSize"));
  EXPECT_FALSE(IsAllowedFunction("GetEnv"));
  EXPECT_TRUE(IsRefusedFunction("READ_CSV"));
  EXPECT_FALSE(IsAllowedTableFunction("Read_Csv"));
}

}  // namespace
}  // namespace ticklake::query
