// What one core decodes and writes: JSON trades → Arrow rows → Parquet.
//
//   decode_bench [--benchmark_filter=…]
//
// 130-byte trades through the fixed decoder (topic `trades`) and the inferring one (any other
// topic), and the rows with `_kafka` into one Parquet file. Before any rate is told, both decoders
// must give the sums that the generator counted, and every row must be in the file.

#include <arrow/array.h>
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "lake/parquet/writer.h"
#include "lake/rows/decoder.h"

namespace ticklake::lake {
namespace {

constexpr int64_t kRows = 200'000;
constexpr size_t kChunkRows = 5'000;

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

struct Sums {
  int64_t rows = 0;
  int64_t sequence = 0;
  int64_t cents = 0;
  int64_t size = 0;
  bool operator==(const Sums&) const = default;
};

/// Chunks of trades, and what they add up to.
struct Trades {
  std::string text;
  std::vector<kafka::RecordChunk> chunks;
  Sums sums;
};

Trades MakeTrades() {
  Trades trades;
  Random random(7);
  std::vector<size_t> ends;
  int64_t t = 1'732'300'000'000'001'234;
  for (int64_t i = 0; i < kRows; ++i) {
    t += random.Between(1'000, 900'000);
    const int64_t cents = random.Between(1'000, 40'000);
    const int64_t size = random.Between(1, 20) * 100;
    fmt::format_to(std::back_inserter(trades.text),
                   R"({{"ts_event":{},"symbol":"SYM{}","venue":"XNAS","price":{}.{:02},"size":{},)"
                   R"("side":"{}","sequence":{}}})",
                   t, random.Below(100), cents / 100, cents % 100, size,
                   random.Chance(1, 2) ? 'A' : 'B', i);
    ends.push_back(trades.text.size());
    trades.sums.rows += 1;
    trades.sums.sequence += i;
    trades.sums.cents += cents;
    trades.sums.size += size;
  }
  size_t begin = 0;
  for (size_t i = 0; i < ends.size(); ++i) {
    if (i % kChunkRows == 0) trades.chunks.emplace_back();
    kafka::Record record;
    record.offset = static_cast<int64_t>(i);
    record.timestamp_ms = 1'732'300'000'000;
    record.value = std::string_view(trades.text).substr(begin, ends[i] - begin);
    trades.chunks.back().records.push_back(record);
    begin = ends[i];
  }
  return trades;
}

const Trades& TheTrades() {
  static const Trades kTrades = MakeTrades();
  return kTrades;
}

template <class T>
T OrExit(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "{}\n", result.error().message);
  std::exit(1);
}

Batches DecodeAll(TableDecoder& decoder, const std::string& topic) {
  Batches batches;
  for (const kafka::RecordChunk& chunk : TheTrades().chunks) {
    batches.push_back(OrExit(decoder.Decode({.topic = topic}, chunk)).rows);
  }
  return batches;
}

/// A whole number: as long by inference, as double in the fixed schema.
int64_t Whole(const arrow::Array& array, int64_t row) {
  if (array.type_id() == arrow::Type::INT64) {
    return static_cast<const arrow::Int64Array&>(array).Value(row);
  }
  return static_cast<int64_t>(static_cast<const arrow::DoubleArray&>(array).Value(row));
}

Sums SumsOf(const Batches& batches) {
  Sums sums;
  for (const auto& batch : batches) {
    const auto sequence = batch->GetColumnByName("sequence");
    const auto size = batch->GetColumnByName("size");
    const auto price =
        std::static_pointer_cast<arrow::DoubleArray>(batch->GetColumnByName("price"));
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      sums.rows += 1;
      sums.sequence += Whole(*sequence, row);
      sums.size += Whole(*size, row);
      sums.cents += std::llround(price->Value(row) * 100);
    }
  }
  return sums;
}

void BenchDecode(benchmark::State& state, const std::string& topic) {
  const auto decoder = MakeDecoder(topic, nullptr);
  if (SumsOf(DecodeAll(*decoder, topic)) != TheTrades().sums) {
    state.SkipWithError("the decoded rows do not add up");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(DecodeAll(*decoder, topic));
  state.SetItemsProcessed(state.iterations() * kRows);
  state.SetBytesProcessed(state.iterations() * std::ssize(TheTrades().text));
}

void BenchParquet(benchmark::State& state, const std::string& topic) {
  const auto decoder = MakeDecoder(topic, nullptr);
  const Batches batches = DecodeAll(*decoder, topic);
  const iceberg::Schema schema = decoder->CurrentSchema();
  int64_t bytes = 0;
  for (auto _ : state) {
    const ParquetFile file = OrExit(WriteParquet(schema, batches));
    if (file.file.record_count != kRows) state.SkipWithError("rows are missing in the file");
    bytes = file.file.file_size;
  }
  state.SetItemsProcessed(state.iterations() * kRows);
  state.counters["bytes/row"] = static_cast<double>(bytes) / kRows;
}

BENCHMARK_CAPTURE(BenchDecode, fixed, "trades")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BenchDecode, inferred, "ticks")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BenchParquet, fixed, "trades")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BenchParquet, inferred, "ticks")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ticklake::lake

BENCHMARK_MAIN();
