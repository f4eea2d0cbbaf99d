#include "broker/log/segment_log_reader.h"

#include <condition_variable>
#include <utility>

#include "base/proc_facts.h"
#include "broker/log/log_format.h"
#include "kafka/record_batch.h"
#include "kafka/topic_name.h"

namespace ticklake::broker {
namespace {

using kafka::LogBounds;
using kafka::LogId;
using kafka::RecordChunk;
using kafka::TopicInfo;

/// A few packed bytes may unfold to gigabytes: so many times max_bytes are read at once, about.
constexpr size_t kMostUnfolded = 4;

class SegmentLogReader final : public kafka::LogReader {
 public:
  /// `owned` may be null: then the store outlives the reader.
  SegmentLogReader(TopicStore& store, std::unique_ptr<TopicStore> owned)
      : owned_(std::move(owned)), store_(store) {
    subscription_ = store_.Subscribe([this](const Uuid&, int32_t) {
      {
        const std::lock_guard lock(mutex_);
        ++changes_;
      }
      changed_.notify_all();
    });
  }

  Result<std::string> ClusterId() override { return store_.cluster_id(); }

  Result<std::vector<TopicInfo>> Topics() override {
    std::vector<TopicInfo> topics;
    for (const Topic& topic : store_.List()) {
      if (kafka::IsInternalTopic(topic.name)) continue;
      topics.push_back({topic.name, topic.id, topic.partitions});
    }
    return topics;
  }

  Result<LogBounds> Bounds(const LogId& id) override {
    TL_ASSIGN(const auto log, Find(id));
    // In this order the start is never beyond the end.
    const int64_t start = log->log_start();
    const int64_t end = log->durable_end();
    return LogBounds{.log_start = start, .durable_end = end, .last_stable = end};
  }

  Result<RecordChunk> Read(const LogId& id, int64_t offset, size_t max_bytes) override {
    TL_ASSIGN(const auto log, Find(id));
    const auto raw = log->Read(offset, max_bytes);
    if (!raw) return Fail(raw.error().Within(Name(id)));
    RecordChunk chunk;
    chunk.next_offset = offset;
    std::string_view rest = raw->bytes;
    const size_t most = kMostUnfolded * max_bytes;
    while (!rest.empty() && chunk.bytes < most) {
      if (auto added = AddBatch(rest, offset, most, chunk); !added) {
        // What comes before the damage is fine; the next Read will meet it first.
        if (chunk.next_offset > offset) break;
        return Fail(added.error().Within(fmt::format("{} at offset {}", Name(id), offset)));
      }
    }
    if (!chunk.records.empty()) chunk.backing.push_back(raw->owner);
    return chunk;
  }

  Result<int64_t> NextBatchOffset(const LogId& id, int64_t offset) override {
    TL_ASSIGN(const auto log, Find(id));
    auto next = log->NextBatchOffset(offset);
    if (!next) return Fail(next.error().Within(Name(id)));
    return next;
  }

  Result<void> EnsureDurable(const LogId& id, int64_t to) override {
    TL_ASSIGN(const auto log, Find(id));
    if (owned_ == nullptr && log->durable_end() >= to) return {};
    TL_TRY(log->Flush());
    if (log->durable_end() >= to) return {};
    return Fail(Code::kNotFound, "{}: offset {} is beyond the end {}", Name(id), to, log->end());
  }

  uint64_t WaitForChange(uint64_t ticket, std::chrono::milliseconds timeout) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [&] { return changes_ != ticket; });
    return changes_;
  }

 private:
  Result<std::shared_ptr<PartitionLog>> Find(const LogId& id) {
    if (id.cluster_id != store_.cluster_id()) {
      return Fail(Code::kNotFound, "cluster {}: this one is {}", id.cluster_id,
                  store_.cluster_id());
    }
    return store_.Partition(id.topic_id, id.partition);
  }

  std::string Name(const LogId& id) const {
    const auto topic = store_.Find(id.topic_id);
    return fmt::format("log {}-{}", topic ? topic->name : id.topic_id.ToBase64(), id.partition);
  }

  /// Appends the first batch of `rest`, or as much as `most` bytes of it, and drops it from there.
  static Result<void> AddBatch(std::string_view& rest, int64_t from, size_t most,
                               RecordChunk& chunk) {
    TL_ASSIGN(const kafka::RecordBatch batch, kafka::FirstBatch(rest));
    TL_TRY(batch.Check());
    TL_TRY(kafka::AppendRecords(batch, from, chunk, most));
    // What is left of a batch, and what is behind it, is for the next Read.
    rest.remove_prefix(chunk.next_offset < batch.next_offset() ? rest.size() : batch.size());
    return {};
  }

  const std::unique_ptr<TopicStore> owned_;
  TopicStore& store_;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t changes_ = 1;
  TopicStore::Subscription subscription_;  // last: ends before the rest goes
};

}  // namespace

std::unique_ptr<kafka::LogReader> NewSegmentLogReader(TopicStore& store) {
  return std::make_unique<SegmentLogReader>(store, nullptr);
}

Result<std::unique_ptr<kafka::LogReader>> OpenOffline(FileSystem& fs, const std::string& dir) {
  const std::string lock_path = JoinPath(dir, kLockFile);
  TL_ASSIGN(const bool exists, fs.Exists(lock_path));
  if (!exists) return Fail(Code::kNotFound, "{}: holds no broker's data", dir);
  // Held for a moment only: it shows that nobody writes, and several readers may be open at once.
  Result<std::unique_ptr<FileLock>> lock = fs.Lock(lock_path);
  for (int i = 0; i < 50 && !lock && lock.error().code == Code::kConflict; ++i) {
    SystemClock().SleepFor(std::chrono::milliseconds(10));
    lock = fs.Lock(lock_path);
  }
  if (!lock) return Fail(lock.error());
  TL_ASSIGN(auto store, TopicStore::Open({.fs = &fs,
                                          .clock = &SystemClock(),
                                          .dir = dir,
                                          .background = false,
                                          .boot_id = ReadBootId(),
                                          .read_only = true}));
  TopicStore& raw = *store;
  return std::make_unique<SegmentLogReader>(raw, std::move(store));
}

}  // namespace ticklake::broker
