// Puts and gets of 1 KiB and 1 MiB by 16 threads, and a listing of many keys under few prefixes;
// what was put is read back and compared.

#include <benchmark/benchmark.h>

#include <filesystem>
#include <thread>

#include "base/uuid.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::store {
namespace {

constexpr int kThreads = 16;

struct Scratch {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tl-bench-" + Uuid::Random().ToString());
  std::unique_ptr<BucketStore> store =
      OpenBucketStore(PosixFileSystem(), path.string(), SystemClock()).value();

  Scratch() { (void)store->CreateBucket({.name = "b"}); }
  ~Scratch() {
    store.reset();
    std::filesystem::remove_all(path);
  }

  bool Put(const std::string& key, std::string_view bytes) const {
    auto upload = store->Begin("b");
    return upload && (*upload)->Append(bytes) &&
           store->Finish(std::move(*upload), key, {.etag = "e"}, {});
  }
  bool Holds(const std::string& key, std::string_view bytes) const {
    const auto open = store->Open("b", key);
    return open && open->file->ReadExact(0, open->object.size) == bytes;
  }
};

std::string KeyOf(int thread, int64_t number) { return fmt::format("{}/{:08}", thread, number); }

/// Runs `step(thread, number)` on all threads, `each` times on each; true if all were.
template <class Step>
bool OnAll(int64_t each, const Step& step) {
  std::atomic<bool> good = true;
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int64_t n = 0; n < each; ++n) {
          if (!step(t, n)) good = false;
        }
      });
    }
  }
  return good;
}

void BucketPut(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  const int64_t each = state.range(1);
  const Scratch scratch;
  int64_t round = 0;
  bool good = true;
  for (auto _ : state) {
    good = good && OnAll(each, [&](int thread, int64_t number) {
             return scratch.Put(KeyOf(thread, round * each + number), bytes);
           });
    ++round;
  }
  good = good && OnAll(each, [&](int thread, int64_t number) {
           return scratch.Holds(KeyOf(thread, number), bytes);
         });
  if (!good) state.SkipWithError("an object is not what was put");
  state.SetItemsProcessed(state.iterations() * each * kThreads);
}
BENCHMARK(BucketPut)
    ->Args({1024, 100})
    ->Args({1 << 20, 8})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BucketGet(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  const int64_t each = state.range(1);
  const Scratch scratch;
  const auto put = [&](int t, int64_t n) { return scratch.Put(KeyOf(t, n), bytes); };
  bool good = OnAll(each, put);
  for (auto _ : state) {
    good = good && OnAll(each, [&](int thread, int64_t number) {
             return scratch.Holds(KeyOf(thread, number), bytes);
           });
  }
  if (!good) state.SkipWithError("an object is not what was put");
  state.SetItemsProcessed(state.iterations() * each * kThreads);
}
BENCHMARK(BucketGet)
    ->Args({1024, 1000})
    ->Args({1 << 20, 8})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// Three common prefixes of many keys: the time of a page must not grow with the keys.
void BucketListPrefixes(benchmark::State& state) {
  const Scratch scratch;
  const int64_t each = state.range(0) / kThreads;
  const auto put = [&](int t, int64_t n) {
    return scratch.Put(fmt::format("{}/{:02}-{:08}", n % 3, t, n), "");
  };
  bool good = OnAll(each, put);
  for (auto _ : state) {
    const auto page = scratch.store->List("b", {.delimiter = "/"});
    good = good && page && page->entries.size() == 3;
  }
  if (!good) state.SkipWithError("not the three prefixes");
}
BENCHMARK(BucketListPrefixes)->Arg(1'600)->Arg(160'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace ticklake::store

BENCHMARK_MAIN();
