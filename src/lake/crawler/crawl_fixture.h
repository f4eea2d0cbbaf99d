// A tree of files in memory and a crawl of it, for the tests of this room.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <arrow/table.h>
#include <parquet/arrow/writer.h>

#include "base/memory_fs.h"
#include "catalog/memory_catalog.h"
#include "lake/crawler/grouping.h"
#include "lake/crawler/plan.h"
#include "lake/crawler/tree.h"

namespace ticklake::lake::crawler {

/// Rows of a JSON array as a Parquet file.
inline std::string ParquetOf(const std::shared_ptr<arrow::Schema>& schema,
                             const std::string& json) {
  const auto rows =
      arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), json).ValueOrDie();
  const auto batch = arrow::RecordBatch::FromStructArray(rows).ValueOrDie();
  const auto table = arrow::Table::FromRecordBatches({batch}).ValueOrDie();
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, 1024).ok());
  return sink->Finish().ValueOrDie()->ToString();
}

class CrawlTest : public ::testing::Test {
 protected:
  CrawlTest() {
    store_ = store::OpenDirectoryStore(fs_, "/").value();
    EXPECT_TRUE(catalog_.CreateDatabase({.name = "market"}));
  }

  void Put(const std::string& key, const std::string& content) {
    ASSERT_TRUE(store_->Put("data/" + key, content)) << key;
  }

  std::vector<FoundTable> Find(const GroupOptions& options = {}) {
    auto tree = BuildTree(*store_, "data/", tree_options_);
    EXPECT_TRUE(tree) << tree.error().message;
    left_out_ = tree->left_out;
    return FindTables(*tree, options);
  }

  CrawlPlan Plan(const GroupOptions& options = {}) {
    auto tree = BuildTree(*store_, "data/", tree_options_).value();
    auto found = FindTables(tree, options);
    auto plan =
        MakePlan(*store_, catalog_, {.database = "market"}, std::move(tree), std::move(found));
    EXPECT_TRUE(plan) << plan.error().message;
    return std::move(*plan);
  }

  CrawlPlan Crawl(const GroupOptions& options = {}) {
    CrawlPlan plan = Plan(options);
    const auto applied = Apply(catalog_, plan);
    EXPECT_TRUE(applied) << applied.error().message;
    return plan;
  }

  /// "data/trades/[year,month] csv a:bigint,b:string" for each table.
  static std::vector<std::string> Texts(const std::vector<FoundTable>& tables) {
    std::vector<std::string> texts;
    for (const FoundTable& table : tables) {
      std::string& text = texts.emplace_back(table.root + "[");
      for (const Level& level : table.levels) {
        text += (text.back() == '[' ? "" : ",") + level.column;
      }
      text += "] ";
      if (table.iceberg) {
        text += "iceberg";
        continue;
      }
      text += std::string(hive::NameOf(table.reading.format)) + " ";
      for (const ColumnFacts& column : table.reading.schema) {
        text += (text.back() == ' ' ? "" : ",") + column.name + ":" + hive::ToText(TypeOf(column));
      }
    }
    return texts;
  }

  /// "reason: count" for what was left out.
  std::vector<std::string> LeftOutTexts() const {
    std::vector<std::string> texts;
    texts.reserve(left_out_.size());
    for (const LeftOut& left : left_out_) {
      texts.push_back(fmt::format("{}: {}", left.reason, left.count));
    }
    return texts;
  }

  MemoryFileSystem fs_;
  std::unique_ptr<store::ObjectStore> store_;
  catalog::MemoryCatalog catalog_{SystemClock()};
  TreeOptions tree_options_;
  std::vector<LeftOut> left_out_;
};

}  // namespace ticklake::lake::crawler
