// What one core simulates: records, and records as JSON.
//
//   sim_bench [--benchmark_filter=…]
//
// Before any rate is told, two simulators with the same seed must agree, byte for byte, and
// every symbol's records must be numbered without a gap.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <string>

#include "market/json.h"
#include "market/simulator/simulator.h"
#include "market/topics.h"

namespace ticklake::market {
namespace {

constexpr int64_t kRecords = 100'000;  // an iteration

[[noreturn]] void Die(const std::string& why) {
  fmt::print(stderr, "sim_bench: {}\n", why);
  std::exit(1);
}

std::unique_ptr<Simulator> Make(int32_t symbols) {
  auto made = Simulator::Create({.symbols = symbols, .seed = 7});
  if (!made) Die(made.error().message);
  return std::move(*made);
}

void CheckAnswer(int32_t symbols) {
  const auto a = Make(symbols);
  const auto b = Make(symbols);
  std::map<std::string, int64_t> counted;
  std::string left;
  std::string right;
  for (int64_t i = 0; i < kRecords; ++i) {
    const Event& event = a->Next();
    WriteJson(event, left);
    WriteJson(b->Next(), right);
    if (left != right) Die(fmt::format("two runs differ at record {}: {} {}", i, left, right));
    const int64_t sequence = std::visit([](const auto& e) { return e.sequence; }, event);
    const std::string log = EventSymbol(event) + std::string(TopicOf(event));
    if (sequence != ++counted[log]) Die(fmt::format("{}: a gap before {}", log, sequence));
  }
}

void Simulate(benchmark::State& state) {
  const auto simulator = Make(static_cast<int32_t>(state.range(0)));
  for (auto _ : state) {
    for (int64_t i = 0; i < kRecords; ++i) benchmark::DoNotOptimize(simulator->Next());
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
}

void SimulateToJson(benchmark::State& state) {
  const auto simulator = Make(static_cast<int32_t>(state.range(0)));
  std::string json;
  int64_t bytes = 0;
  for (auto _ : state) {
    for (int64_t i = 0; i < kRecords; ++i) {
      WriteJson(simulator->Next(), json);
      bytes += static_cast<int64_t>(json.size());
    }
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
  state.SetBytesProcessed(bytes);
}

BENCHMARK(Simulate)->Arg(20)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(SimulateToJson)->Arg(20)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ticklake::market

int main(int argc, char** argv) {
  for (const int32_t symbols : {20, 1000}) ticklake::market::CheckAnswer(symbols);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
