// Does a commit's cost grow with a table's age? The latency of one commit, on disk, after 10
// and after 2000 of them.

#include <benchmark/benchmark.h>

#include <filesystem>

#include "base/uuid.h"
#include "lake/table/table.h"

namespace ticklake::lake {
namespace {

constexpr int kColumns = 13;  // as many as `trades` has

class Scratch {
 public:
  Scratch() { std::filesystem::create_directories(path_); }
  ~Scratch() { std::filesystem::remove_all(path_); }
  std::string Path(const char* name) const { return path_ / name; }

 private:
  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("tl-bench-" + Uuid::Random().ToString());
};

NewTable Wide() {
  NewTable table;
  table.database = "market";
  table.name = "t";
  for (int32_t id = 1; id <= kColumns; ++id) {
    table.schema.fields.push_back(
        {id, fmt::format("c{}", id), false, iceberg::Primitive(iceberg::TypeId::kLong), ""});
  }
  return table;
}

TableChange Append(store::ObjectStore& store, int64_t number) {
  iceberg::DataFile file;
  file.path = store.UriOf(fmt::format("market/t/data/{:08}.parquet", number));
  file.record_count = 1000;
  file.file_size = 50'000;
  for (int32_t id = 1; id <= kColumns; ++id) {
    file.column_sizes[id] = 4000;
    file.value_counts[id] = 1000;
    file.null_value_counts[id] = 0;
    file.lower_bounds[id] = iceberg::SingleValue(number);
    file.upper_bounds[id] = iceberg::SingleValue(number + 1000);
  }
  // As long as the positions of a topic with four partitions.
  const std::string positions(600, '7');
  return {.added = {file},
          .summary = {{"ticklake.positions", positions}, {"ticklake.ranges", positions}},
          .set_properties = {{"ticklake.positions", positions}}};
}

void CommitAfter(benchmark::State& state) {
  Scratch scratch;
  auto store = store::OpenDirectoryStore(PosixFileSystem(), scratch.Path("lake")).value();
  auto catalog = catalog::OpenSqliteCatalog(scratch.Path("catalog.db"), SystemClock()).value();
  if (!catalog->CreateDatabase({.name = "market"})) return state.SkipWithError("no database");
  TableStore tables(*catalog, *store, SystemClock());
  TableState table = tables.Create(Wide()).value();
  int64_t commits = 0;
  for (; commits < state.range(0); ++commits) {
    table = tables.Commit(table, Append(*store, commits)).value();
  }
  for (auto _ : state) {
    table = tables.Commit(table, Append(*store, commits++)).value();
  }
  TableStore fresh(*catalog, *store, SystemClock());
  const auto files = fresh.LiveFiles(fresh.Load("market", "t").value());
  if (!files || static_cast<int64_t>(files->size()) != commits) {
    state.SkipWithError("the table does not hold what was committed");
  }
}
BENCHMARK(CommitAfter)->Arg(10)->Arg(2000)->Iterations(64)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ticklake::lake

BENCHMARK_MAIN();
