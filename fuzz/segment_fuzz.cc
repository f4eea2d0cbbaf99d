// A partition's directory with arbitrary bytes in one of its files: recovery keeps a readable
// prefix, and a reader always gets to the end.
//
// The first byte of the input says which file the rest is (segment, index, checkpoint, topic list),
// whether the machine has restarted, and whether checksums are put right first, so that mutations
// get past them.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crc32c.h"
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

constexpr uint8_t kMend = 0x10;

enum class What : uint8_t { kSegment, kIndex, kCheckpoint, kTopics };

// Batch after batch: a length within the file, and the CRC of what it spans.
void MendSegment(std::string& file) {
  size_t at = 0;
  while (file.size() - at >= kafka::kBatchHeaderSize) {
    const size_t room = file.size() - at;
    size_t size = LoadBig<uint32_t>(file.data() + at + kafka::kLengthAt) + kafka::kLengthOverhead;
    if (size < kafka::kBatchHeaderSize || size > room) size = room;
    char* const batch = file.data() + at;
    StoreBig(batch + kafka::kLengthAt, static_cast<int32_t>(size - kafka::kLengthOverhead));
    batch[kafka::kMagicAt] = 2;
    StoreBig(batch + kafka::kCrcAt,
             Crc32c(std::string_view(batch, size).substr(kafka::kAttributesAt)));
    at += size;
  }
}

std::string Mend(What what, std::string file) {
  if (what == What::kSegment) {
    MendSegment(file);
  } else if (what == What::kIndex && file.size() > 4) {
    const size_t body = file.size() - 4;
    StoreBig(file.data() + body, Crc32c(std::string_view(file).substr(0, body)));
  } else if (what != What::kIndex) {
    file.resize(std::min(file.size(), file.rfind("crc ")));
    file += fmt::format("crc {:08x}\n", Crc32c(file));
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spdlog::set_level(spdlog::level::off);
  if (size == 0) return 0;
  const auto what = static_cast<What>(data[0] % 4);
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & kMend) != 0) bytes = Mend(what, std::move(bytes));
  if (what == What::kTopics) {
    (void)ParseTopicTable(bytes, "topics");
    return 0;
  }
  MemoryFileSystem fs;
  if (!fs.MakeDirs("p")) std::abort();
  const std::string segment = Segment::LogPath("p", 0);
  kafka::BatchBuilder builder;
  for (int i = 0; i < 3; ++i)
    builder.Add({.key = "k", .value = "v", .timestamp_ms = i, .headers = {}});
  Put(fs, segment, what == What::kSegment ? bytes : builder.Build().value());
  if (what == What::kIndex) Put(fs, Segment::IndexPath("p", 0), bytes);
  if (what == What::kCheckpoint) Put(fs, "p/checkpoint", bytes);
  OpenAndUse(fs, data[0] % 8 < 4 ? "" : "boot");
  OpenAndUse(fs, "boot");
  return 0;
}
