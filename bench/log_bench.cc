// The partition log by itself: append and flush, then read, every record checked.
//
//   log_bench [DIR [RECORDS]]
//
// Appends batches of 8,000 records of 100 bytes (uncompressed, then lz4 and zstd) to one partition
// with at most five unacked batches, first with acks that wait for the disk, then without; reads
// them back through LogReader in chunks of 1 MiB, checking every value and offset. Prints one JSON
// line per case: rates in records/s and CPU seconds per million records, flushes made.
// DIR (default: a folder in the working directory, removed afterwards) should be on a real disk.
#include <sys/resource.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

#include "base/log.h"
#include "base/metrics.h"
#include "base/proc_facts.h"
#include "base/uuid.h"
#include "broker/log/segment_log_reader.h"
#include "broker/log/topic_store.h"
#include "kafka/batch_builder.h"

namespace {

using namespace ticklake;  // NOLINT(google-build-using-namespace): a program of one file

constexpr int kBatchRecords = 8'000;
constexpr size_t kRecordBytes = 100;
constexpr int kInFlight = 5;

[[noreturn]] void Die(const std::string& why) {
  fmt::print(stderr, "log_bench: {}\n", why);
  std::exit(1);
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Wall and CPU time since it was made.
class Timer {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  double Cpu() const { return CpuSeconds() - cpu_; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double cpu_ = CpuSeconds();
};

/// Record i of a batch: distinguishable, and of JSON's compressibility.
std::string Value(int i) {
  std::string value = fmt::format(
      R"({{"symbol":"S{}","price":{}.{:02},"size":{},"sequence":{},"side":"B","venue":"XNAS")",
      i % 20, 100 + i % 37, i % 100, 100 * (1 + i % 9), i);
  value.resize(kRecordBytes - 1, ' ');
  return value + "}";
}

std::string MakeBatch(kafka::Compression codec) {
  kafka::BatchBuilder builder({.compression = codec});
  for (int i = 0; i < kBatchRecords; ++i) {
    const std::string value = Value(i);
    builder.Add({.value = value, .timestamp_ms = 1'732'300'000'000 + i});
  }
  return builder.Build().value();
}

/// Counts batches that wait for their ack.
class Window {
 public:
  void Enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ < kInFlight; });
    ++waiting_;
  }
  void Leave(const Result<void>& acked) {
    if (!acked) Die(acked.error().message);
    const std::lock_guard lock(mutex_);
    --waiting_;
    changed_.notify_all();
  }
  void Drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
};

struct Rate {
  double per_second = 0;
  double cpu_per_million = 0;
};

Rate RateOf(int64_t records, const Timer& timer) {
  const auto count = static_cast<double>(records);
  return {count / timer.Seconds(), timer.Cpu() / count * 1e6};
}

Rate AppendAll(broker::PartitionLog& log, const std::string& batch, int64_t records) {
  Window window;
  const Timer timer;
  for (int64_t done = 0; done < records; done += kBatchRecords) {
    window.Enter();
    const broker::Appended appended = log.Append(batch);
    if (appended.fault != broker::AppendFault::kNone) Die(appended.message);
    log.WhenAcked(appended.end_offset, [&](const Result<void>& acked) { window.Leave(acked); });
  }
  window.Drain();
  return RateOf(records, timer);
}

Rate ReadAll(kafka::LogReader& reader, const kafka::LogId& log, int64_t records) {
  std::vector<std::string> expected;
  expected.reserve(kBatchRecords);
  for (int i = 0; i < kBatchRecords; ++i) expected.push_back(Value(i));
  int64_t offset = 0;
  const Timer timer;
  while (offset < records) {
    const auto chunk = reader.Read(log, offset, 1 << 20);
    if (!chunk) Die(chunk.error().message);
    for (const kafka::Record& record : chunk->records) {
      if (record.offset != offset) Die(fmt::format("offset {} is missing", offset));
      if (*record.value != expected[static_cast<size_t>(offset % kBatchRecords)]) {
        Die(fmt::format("offset {}: not what was appended", offset));
      }
      ++offset;
    }
    if (chunk->next_offset != offset) Die(fmt::format("stuck at offset {}", offset));
  }
  return RateOf(records, timer);
}

struct Case {
  kafka::Compression codec;
  bool durable;
};

void Run(broker::TopicStore& store, Metrics& metrics, const Case& c, int64_t records) {
  const std::string name =
      fmt::format("{}-{}", kafka::CompressionName(c.codec), c.durable ? "durable" : "weak");
  broker::ConfigMap config;
  if (!c.durable) config["flush.messages"] = "9223372036854775807";
  const auto topic = store.Create(name, 1, config);
  if (!topic) Die(topic.error().message);
  const auto log = store.Partition(topic->id, 0).value();
  const std::string batch = MakeBatch(c.codec);
  Metric& flushes = metrics.Counter("ticklake_log_flushes_total", "");
  const double flushes_before = flushes.Get();
  const Rate append = AppendAll(*log, batch, records);
  if (!log->Flush()) Die("flush failed");
  const double flushed = flushes.Get() - flushes_before;
  const auto reader = broker::NewSegmentLogReader(store);
  const Rate read = ReadAll(*reader, {store.cluster_id(), topic->id, 0}, records);
  fmt::print(
      "{{\"case\":\"{}\",\"records\":{},\"batch_bytes\":{},\"append_rate\":{:.0f},"
      "\"append_cpu_s_per_million\":{:.3f},\"flushes\":{:.0f},\"read_rate\":{:.0f},"
      "\"read_cpu_s_per_million\":{:.3f}}}\n",
      name, records, batch.size(), append.per_second, append.cpu_per_million, flushed,
      read.per_second, read.cpu_per_million);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  InitLog("warn");
  const std::string dir =
      argc > 1 ? argv[1] : "ticklake-log-bench-" + Uuid::Random().ToString().substr(0, 8);
  const int64_t records = argc > 2 ? std::strtoll(argv[2], nullptr, 10) : 2'000'000;
  if (records < kBatchRecords || records % kBatchRecords != 0) Die("RECORDS: a multiple of 8000");
  {
    Metrics metrics;
    auto store = broker::TopicStore::Open({.fs = &PosixFileSystem(),
                                           .clock = &SystemClock(),
                                           .metrics = &metrics,
                                           .dir = dir,
                                           .boot_id = ReadBootId()});
    if (!store) Die(store.error().message);
    using enum kafka::Compression;
    for (const Case& c :
         {Case{kNone, true}, Case{kNone, false}, Case{kLz4, true}, Case{kZstd, true}}) {
      Run(**store, metrics, c, records);
    }
  }
  if (argc <= 1 && !PosixFileSystem().RemoveAll(dir)) Die("cannot remove " + dir);
  return 0;
}
