// A partition's directory with arbitrary bytes in one of its files: recovery keeps a readable
// prefix, and a reader always gets to the end.
//
// The first byte of the input says which file the rest is: segment, index, checkpoint, topic list.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory_fs.h"
#include "broker/log/partition_log.h"
#include "broker/log/topic_table.h"
#include "kafka/batch_builder.h"
#include "kafka/record_batch.h"

namespace {

using namespace ticklake;          // NOLINT(google-build-using-namespace): a program of one file
using namespace ticklake::broker;  // NOLINT(google-build-using-namespace)

void Put(FileSystem& fs, const std::string& path, std::string_view data) {
  if (!fs.Open(path, OpenMode::kTruncate).value()->Append(data)) std::abort();
}

void ReadThrough(const PartitionLog& log) {
  int64_t offset = log.log_start();
  while (offset < log.durable_end()) {
    const auto read = log.Read(offset, 10'000);
    kafka::RecordChunk chunk;
    chunk.next_offset = offset;
    std::string_view rest = read ? read->bytes : std::string_view();
    while (!rest.empty()) {
      const auto batch = kafka::FirstBatch(rest);
      if (!batch || !batch->Check() || !kafka::AppendRecords(*batch, offset, chunk)) break;
      rest.remove_prefix(batch->size());
    }
    if (chunk.next_offset == offset) {
      const auto next = log.NextBatchOffset(offset);
      if (!next || *next <= offset) std::abort();
      chunk.next_offset = *next;
    }
    offset = chunk.next_offset;
  }
}

void OpenAndUse(FileSystem& fs, const std::string& boot_id) {
  OpenFiles files(fs, 10);
  const ManualClock clock;
  const PartitionContext context{.fs = &fs,
                                 .clock = &clock,
                                 .files = &files,
                                 .boot_id = boot_id,
                                 .metrics = nullptr,
                                 .request_flush = [](auto) {},
                                 .on_change = [] {}};
  auto log = PartitionLog::Open(context, "p", ParseTopicConfig({}).value());
  if (!log) return;
  ReadThrough(**log);
  (void)(*log)->FindTimestamp(5);
  kafka::BatchBuilder builder;
  builder.Add({.key = "k", .value = "v", .timestamp_ms = 1, .headers = {}});
  const int64_t end = (*log)->end();
  const Appended appended = (*log)->Append(builder.Build().value());
  const bool healthy = !(*log)->damage();
  if (healthy && (appended.fault != AppendFault::kNone || appended.base_offset != end)) {
    std::abort();
  }
  if (healthy && !(*log)->Flush()) std::abort();
  ReadThrough(**log);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spdlog::set_level(spdlog::level::off);
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 4 == 3) {
    (void)ParseTopicTable(bytes, "topics");
    return 0;
  }
  MemoryFileSystem fs;
  if (!fs.MakeDirs("p")) std::abort();
  const std::string segment = Segment::LogPath("p", 0);
  kafka::BatchBuilder builder;
  for (int i = 0; i < 3; ++i)
    builder.Add({.key = "k", .value = "v", .timestamp_ms = i, .headers = {}});
  Put(fs, segment, data[0] % 4 == 0 ? std::string(bytes) : builder.Build().value());
  if (data[0] % 4 == 1) Put(fs, Segment::IndexPath("p", 0), bytes);
  if (data[0] % 4 == 2) Put(fs, "p/checkpoint", bytes);
  OpenAndUse(fs, data[0] % 8 < 4 ? "" : "boot");
  OpenAndUse(fs, "boot");
  return 0;
}
