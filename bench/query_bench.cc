// How long a query over a table with many files and a long tail takes: the part of the freshness
// budget that is SQL's. The answers are checked before a time is told.
//
//   query_bench [--files N] [--rows-per-file N] [--tail N] [--rounds N]
//
// Prints, for each query, the median and the slowest of the rounds, the median of the processor
// time they took (all threads; on a busy machine the figure to compare), and the process's resident
// memory before and after the first query.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <fmt/format.h>
#include <unistd.h>

#include "query/engine.h"
#include "query/sample_lake.h"

namespace ticklake::query {
namespace {

using lake::iceberg::Primitive;
using lake::iceberg::TypeId;

struct Sizes {
  int64_t files = 100;
  int64_t rows_per_file = 20'000;
  int64_t tail = 500'000;
  int64_t rounds = 20;

  int64_t Rows() const { return files * rows_per_file + tail; }
};

constexpr int64_t kTailBatch = 5'000;  // rows, as a sink that decodes every 100 ms makes them
constexpr int64_t kStart = 1'732'300'000'000'000;

lake::iceberg::Schema TradesSchema() {
  const auto integer = Primitive(TypeId::kInt);
  lake::iceberg::Schema schema;
  schema.fields = {
      IcebergColumn(1, "ts_event", Primitive(TypeId::kTimestamptz), true),
      IcebergColumn(2, "symbol", Primitive(TypeId::kString), true),
      IcebergColumn(3, "price", Primitive(TypeId::kDouble), true),
      IcebergColumn(4, "size", Primitive(TypeId::kDouble), true),
      IcebergColumn(5, "trade_id", Primitive(TypeId::kString)),
      IcebergColumn(6, "_kafka",
                    lake::iceberg::StructType(
                        {IcebergColumn(7, "epoch", integer), IcebergColumn(8, "partition", integer),
                         IcebergColumn(9, "offset", Primitive(TypeId::kLong))}),
                    true)};
  return schema;
}

// Row i of the table: one a microsecond, 50 symbols in turn.
std::shared_ptr<arrow::RecordBatch> MakeRows(int64_t from, int64_t count) {
  const auto schema = lake::ToArrowSchema(TradesSchema());
  arrow::TimestampBuilder time(schema->field(0)->type(), arrow::default_memory_pool());
  arrow::StringBuilder symbol;
  arrow::DoubleBuilder price;
  arrow::DoubleBuilder size;
  arrow::StringBuilder trade_id;
  arrow::Int32Builder epoch;
  arrow::Int32Builder partition;
  arrow::Int64Builder offset;
  bool ok = true;
  for (int64_t i = from; i < from + count; ++i) {
    ok = ok && time.Append(kStart + i).ok() && symbol.Append(fmt::format("SYM{}", i % 50)).ok() &&
         price.Append(100 + static_cast<double>(i % 1'000) / 8).ok() &&
         size.Append(static_cast<double>(1 + i % 7)).ok() &&
         trade_id.Append(fmt::format("trade-number-{}", i)).ok() && epoch.Append(0).ok() &&
         partition.Append(static_cast<int32_t>(i % 4)).ok() && offset.Append(i / 4).ok();
  }
  if (!ok) std::abort();
  const auto position =
      arrow::StructArray::Make({epoch.Finish().ValueOrDie(), partition.Finish().ValueOrDie(),
                                offset.Finish().ValueOrDie()},
                               schema->field(5)->type()->fields())
          .ValueOrDie();
  return arrow::RecordBatch::Make(
      schema, count,
      {time.Finish().ValueOrDie(), symbol.Finish().ValueOrDie(), price.Finish().ValueOrDie(),
       size.Finish().ValueOrDie(), trade_id.Finish().ValueOrDie(), position});
}

void Fill(FakeSource& source, const Sizes& sizes) {
  source.SetSchema("market", "trades", TradesSchema());
  int64_t next = 0;
  for (int64_t f = 0; f < sizes.files; ++f, next += sizes.rows_per_file) {
    source.Commit("market", "trades", MakeRows(next, sizes.rows_per_file));
  }
  for (; next < sizes.Rows(); next += kTailBatch) {
    source.Append("market", "trades", MakeRows(next, std::min(kTailBatch, sizes.Rows() - next)));
  }
}

class StringSink : public ByteSink {
 public:
  Result<void> Write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

std::string Answer(Engine& engine, const std::string& sql) {
  StringSink sink;
  const auto outcome = engine.Run(sql, *MakeWriter({.format = Format::kJsonl}, sink));
  return outcome ? sink.text : outcome.error().message;
}

struct Question {
  const char* name;
  std::string sql;
  std::string answer;
};

std::vector<Question> Questions(const Sizes& sizes) {
  const int64_t rows = sizes.Rows();
  int64_t last = 0;  // of symbol SYM7
  for (int64_t i = rows - 1; i >= 0 && last == 0; --i) last = i % 50 == 7 ? i : 0;
  return {
      {"nothing", "SELECT 1 AS one", "{\"one\":1}\n"},
      {"newest", "SELECT count(*) AS n, max(_kafka.\"offset\") AS x FROM trades",
       fmt::format("{{\"n\":{},\"x\":{}}}\n", rows, (rows - 1) / 4)},
      {"count", "SELECT count(*) AS n FROM trades", fmt::format("{{\"n\":{}}}\n", rows)},
      {"max double", "SELECT count(*) AS n, max(price) AS x FROM trades",
       fmt::format("{{\"n\":{},\"x\":224.875}}\n", rows)},
      {"last of one symbol",
       "SELECT arg_max(trade_id, ts_event) AS t FROM trades WHERE symbol = 'SYM7'",
       fmt::format("{{\"t\":\"trade-number-{}\"}}\n", last)},
      {"last second",
       fmt::format("SELECT count(*) AS n FROM trades WHERE ts_event >= make_timestamptz({})",
                   kStart + rows - 10'000),
       "{\"n\":10000}\n"},
      {"by symbol",
       "SELECT count(*) AS n, sum(c) AS rows FROM (SELECT symbol, count(*) AS c, "
       "sum(price * size) / sum(size) AS vwap FROM trades GROUP BY symbol)",
       fmt::format("{{\"n\":50,\"rows\":{}}}\n", rows)},
  };
}

double ResidentMiB() {
  std::ifstream in("/proc/self/statm");
  double pages = 0;
  in >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

int Run(const Sizes& sizes) {
  const std::string folder = fmt::format("{}/ticklake-query-bench-{}",
                                         std::filesystem::temp_directory_path().string(), getpid());
  FakeSource source(folder);
  Engine engine(source, {.lake_root = folder, .temp_dir = ""});
  const double before = ResidentMiB();
  Answer(engine, "SELECT 1");
  fmt::print("resident memory: {:.1f} MiB before the first query, {:.1f} MiB after\n", before,
             ResidentMiB());
  Fill(source, sizes);
  fmt::print("{} files of {} rows, tail of {} rows, {} rounds\n", sizes.files, sizes.rows_per_file,
             sizes.tail, sizes.rounds);
  int wrong = 0;
  for (const Question& question : Questions(sizes)) {
    std::vector<double> times;
    std::vector<double> processor;
    for (int64_t round = 0; round <= sizes.rounds; ++round) {
      const auto start = std::chrono::steady_clock::now();
      const std::clock_t used = std::clock();
      const std::string answer = Answer(engine, question.sql);
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - start;
      if (answer != question.answer) {
        fmt::print("{}: WRONG\n  expected {}  got      {}", question.name, question.answer, answer);
        ++wrong;
        break;
      }
      if (round == 0) continue;  // it reads the files' footers
      times.push_back(took.count());
      processor.push_back(static_cast<double>(std::clock() - used) * 1e3 / CLOCKS_PER_SEC);
    }
    if (times.empty()) continue;
    std::ranges::sort(times);
    std::ranges::sort(processor);
    fmt::print("{:<20} median {:7.1f} ms   slowest {:7.1f} ms   processor {:7.1f} ms\n",
               question.name, times[times.size() / 2], times.back(),
               processor[processor.size() / 2]);
  }
  std::filesystem::remove_all(folder);
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace ticklake::query

int main(int argc, char** argv) {
  ticklake::query::Sizes sizes;
  const std::map<std::string, int64_t*> flags = {{"--files", &sizes.files},
                                                 {"--rows-per-file", &sizes.rows_per_file},
                                                 {"--tail", &sizes.tail},
                                                 {"--rounds", &sizes.rounds}};
  for (int i = 1; i < argc; i += 2) {
    const auto flag = flags.find(argv[i]);
    if (flag == flags.end() || i + 1 == argc) {
      fmt::print(stderr,
                 "usage: query_bench [--files N] [--rows-per-file N] [--tail N] [--rounds N]\n");
      return 2;
    }
    *flag->second = std::strtoll(argv[i + 1], nullptr, 10);
  }
  return ticklake::query::Run(sizes);
}
