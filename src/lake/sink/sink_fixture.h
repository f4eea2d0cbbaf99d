// What tests of the sink share: a lake in memory, and the origin of each row that a query sees.
#pragma once

#include <gtest/gtest.h>

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>

#include "base/memory_fs.h"
#include "base/proc_facts.h"
#include "catalog/memory_catalog.h"
#include "lake/parquet/reader.h"
#include "lake/sink/fake_log.h"
#include "lake/sink/sink.h"

namespace ticklake::lake {

inline std::string Trade(int64_t n) {
  return fmt::format(
      R"({{"ts_event":{},"symbol":"S{}","price":{}.25,"size":{},"side":"B","sequence":{}}})",
      1'700'000'000'000'000'000 + n * 3'600'000'000'000, n % 5, 100 + n % 7, 1 + n % 3, n);
}

/// Of this process, now.
inline double ResidentMegabytes() {
  malloc_trim(0);
  return static_cast<double>(ResidentBytes()) / 1e6;
}

/// A lake in memory: what survives a process.
struct Lake {
  explicit Lake(const Clock& clock_of_all = SystemClock()) : clock(clock_of_all) {
    store = *store::OpenDirectoryStore(fs, "/lake");
    tables = std::make_unique<TableStore>(catalog, *store, clock);
  }

  std::unique_ptr<Sink> Start(kafka::LogReader& log, const SinkOptions& options = {}) {
    auto sink = Sink::Make({tables.get(), &log, &clock}, options);
    EXPECT_TRUE(sink) << sink.error().message;
    const auto started = (*sink)->Start();
    EXPECT_TRUE(started) << started.error().message;
    return std::move(*sink);
  }

  const Clock& clock;
  MemoryFileSystem fs{&clock};
  catalog::MemoryCatalog catalog{clock};
  std::unique_ptr<store::ObjectStore> store;
  std::unique_ptr<TableStore> tables;
};

/// (epoch, partition, offset) of every row that a query sees, sorted.
using Origins = std::vector<std::tuple<int32_t, int32_t, int64_t>>;

inline void AddOrigins(const arrow::RecordBatch& rows, Origins& origins) {
  const auto kafka = std::static_pointer_cast<arrow::StructArray>(rows.GetColumnByName("_kafka"));
  const auto epochs = std::static_pointer_cast<arrow::Int32Array>(kafka->GetFieldByName("epoch"));
  const auto parts =
      std::static_pointer_cast<arrow::Int32Array>(kafka->GetFieldByName("partition"));
  const auto offsets = std::static_pointer_cast<arrow::Int64Array>(kafka->GetFieldByName("offset"));
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    origins.emplace_back(epochs->Value(row), parts->Value(row), offsets->Value(row));
  }
}

inline Origins OriginsOf(store::ObjectStore& store, const TableView& view) {
  Origins origins;
  for (const auto& file : view.files) {
    const auto batches = ReadDataFile(store, file, view.schema);
    EXPECT_TRUE(batches) << batches.error().message;
    if (!batches) continue;
    for (const auto& batch : *batches) AddOrigins(*batch, origins);
  }
  for (const auto& batch : view.tail) AddOrigins(*batch, origins);
  std::ranges::sort(origins);
  return origins;
}

inline Origins Query(Sink& sink, store::ObjectStore& store, const std::string& table) {
  const auto view = sink.View("market", table, std::chrono::seconds(10));
  EXPECT_TRUE(view) << view.error().message;
  return view ? OriginsOf(store, *view) : Origins();
}

inline Origins Expected(int32_t epoch, int32_t partition, const std::vector<int64_t>& offsets) {
  Origins origins;
  for (const int64_t offset : offsets) origins.emplace_back(epoch, partition, offset);
  return origins;
}

inline kafka::LogId LogOf(const kafka::TopicInfo& topic, int32_t partition = 0) {
  return {"test", topic.topic_id, partition};
}

}  // namespace ticklake::lake
