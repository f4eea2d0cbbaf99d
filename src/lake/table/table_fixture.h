// What the tests of this room share: a table of trades without Parquet behind it. The data
// files are small texts: this room never opens them.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "lake/table/table.h"

namespace ticklake::lake {

inline NewTable TradesTable() {
  using iceberg::Primitive;
  using iceberg::TypeId;
  NewTable table;
  table.database = "market";
  table.name = "trades";
  table.schema.fields = {
      {1, "ts_event", true, Primitive(TypeId::kTimestamptz), ""},
      {2, "symbol", true, Primitive(TypeId::kString), ""},
      {3, "price", false, Primitive(TypeId::kDouble), ""},
  };
  iceberg::PartitionField day;
  day.source_id = 1;
  day.name = "ts_event_day";
  day.transform.kind = iceberg::TransformKind::kDay;
  table.partition.fields = {day};
  return table;
}

/// Puts a data file into the store, as a Parquet writer would, and describes it.
inline iceberg::DataFile PutDataFile(store::ObjectStore& store, const std::string& name,
                                     int32_t day, int64_t records) {
  iceberg::DataFile file;
  const std::string key = "market/trades/data/" + name;
  const std::string body = "data of " + name;
  EXPECT_TRUE(store.Put(key, body).has_value());
  file.path = store.UriOf(key);
  file.partition = {day};
  file.record_count = records;
  file.file_size = static_cast<int64_t>(body.size());
  for (int32_t column = 1; column <= 3; ++column) {
    file.column_sizes[column] = 10 * records;
    file.value_counts[column] = records;
    file.null_value_counts[column] = 0;
  }
  file.lower_bounds[1] = iceberg::SingleValue(int64_t{day} * 86'400'000'000);
  file.upper_bounds[1] = iceberg::SingleValue(int64_t{day} * 86'400'000'000 + records);
  file.lower_bounds[2] = "AAPL";
  file.upper_bounds[2] = "ZVZZT";
  file.split_offsets = {4};
  file.sort_order_id = 0;
  return file;
}

inline std::set<std::string> PathsOf(const std::vector<iceberg::DataFile>& files) {
  std::set<std::string> paths;
  for (const iceberg::DataFile& file : files) EXPECT_TRUE(paths.insert(file.path).second);
  return paths;
}

/// Every object that the newest version of the table needs is there, whole.
inline void CheckAllObjectsAreThere(TableStore& tables, const TableState& state) {
  auto files = tables.LiveFiles(state);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  for (const iceberg::DataFile& file : *files) {
    const auto body = tables.store().Get(tables.store().KeyOf(file.path).value());
    ASSERT_TRUE(body.has_value()) << file.path;
    EXPECT_EQ(static_cast<int64_t>(body->size()), file.file_size) << file.path;
  }
  for (const iceberg::Snapshot& snapshot : state.metadata->snapshots) {
    const auto list = tables.store().Get(tables.store().KeyOf(snapshot.manifest_list).value());
    EXPECT_TRUE(list.has_value()) << snapshot.manifest_list;
  }
}

}  // namespace ticklake::lake
