// FakeLog: topics in memory behind LogReader, for tests of what reads logs.
//
// Threading: safe from any thread. Does not: store anything.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "kafka/log_reader.h"

namespace ticklake::lake {

class FakeLog : public kafka::LogReader {
 public:
  explicit FakeLog(std::string cluster_id = "test") : cluster_id_(std::move(cluster_id)) {}

  /// Makes a topic, or makes it anew under another id.
  kafka::TopicInfo AddTopic(const std::string& name, int32_t partitions, Random& random) {
    const std::lock_guard lock(mutex_);
    kafka::TopicInfo topic{name, Uuid::From(random), partitions};
    topics_[name] = topic;
    for (int32_t partition = 0; partition < partitions; ++partition) {
      logs_[{cluster_id_, topic.topic_id, partition}];
    }
    Rang();
    return topic;
  }
  void DeleteTopic(const std::string& name) {
    const std::lock_guard lock(mutex_);
    topics_.erase(name);
    Rang();
  }

  /// A record with a value, a tombstone (nullopt), or with Skip an offset without a record.
  void Append(const kafka::LogId& log, std::optional<std::string> value) {
    const std::lock_guard lock(mutex_);
    logs_.at(log).records.push_back({false, std::move(value)});
    Rang();
  }
  void Skip(const kafka::LogId& log) {
    const std::lock_guard lock(mutex_);
    logs_.at(log).records.push_back({true, std::nullopt});
    Rang();
  }
  void Truncate(const kafka::LogId& log, int64_t start) {
    const std::lock_guard lock(mutex_);
    Log& truncated = logs_.at(log);
    for (int64_t offset = truncated.start; offset < start; ++offset) {
      truncated.records[static_cast<size_t>(offset)].value.reset();
    }
    truncated.start = start;
  }
  /// Cuts the end off, as a broker that lost data would.
  void Lose(const kafka::LogId& log, int64_t end) {
    const std::lock_guard lock(mutex_);
    logs_.at(log).records.resize(static_cast<size_t>(end));
  }
  void Damage(const kafka::LogId& log, int64_t from, int64_t to) {
    const std::lock_guard lock(mutex_);
    logs_.at(log).damaged = {from, to};
  }

  Result<std::string> ClusterId() override { return cluster_id_; }

  Result<std::vector<kafka::TopicInfo>> Topics() override {
    const std::lock_guard lock(mutex_);
    std::vector<kafka::TopicInfo> topics;
    topics.reserve(topics_.size());
    for (const auto& [name, topic] : topics_) topics.push_back(topic);
    return topics;
  }

  Result<kafka::LogBounds> Bounds(const kafka::LogId& id) override {
    const std::lock_guard lock(mutex_);
    TL_ASSIGN(const Log* log, Find(id));
    return kafka::LogBounds{log->start, log->end(), log->end()};
  }

  Result<kafka::RecordChunk> Read(const kafka::LogId& id, int64_t offset,
                                  size_t max_bytes) override {
    const std::lock_guard lock(mutex_);
    TL_ASSIGN(const Log* log, Find(id));
    if (offset < log->start || offset > log->end()) {
      return Fail(Code::kNotFound, "offset {} is outside the log", offset);
    }
    const auto [from, to] = log->damaged;
    if (offset >= from && offset < to) return Fail(Code::kCorrupt, "damaged at {}", from);
    kafka::RecordChunk chunk;
    auto text = std::make_shared<std::vector<std::string>>();
    const int64_t stop = offset < from ? std::min(from, log->end()) : log->end();
    text->reserve(static_cast<size_t>(stop - offset));
    size_t bytes = 0;
    for (; offset < stop && bytes < max_bytes; ++offset) {
      const Stored& stored = log->records[static_cast<size_t>(offset)];
      bytes += 20;
      if (stored.skipped) continue;
      kafka::Record record{.offset = offset, .timestamp_ms = 1'700'000'000'000 + offset};
      if (stored.value) {
        text->push_back(*stored.value);
        bytes += stored.value->size();
        record.value = text->back();
      }
      chunk.records.push_back(record);
    }
    chunk.next_offset = offset;
    chunk.backing.push_back(text);
    return chunk;
  }

  Result<int64_t> NextBatchOffset(const kafka::LogId& id, int64_t) override {
    const std::lock_guard lock(mutex_);
    TL_ASSIGN(const Log* log, Find(id));
    return log->damaged.second;
  }
  Result<void> EnsureDurable(const kafka::LogId&, int64_t) override { return {}; }

  uint64_t WaitForChange(uint64_t ticket, std::chrono::milliseconds timeout) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [&] { return changes_ != ticket; });
    return changes_;
  }

 private:
  struct Stored {
    bool skipped = false;
    std::optional<std::string> value;
  };
  struct Log {
    std::vector<Stored> records;
    int64_t start = 0;
    std::pair<int64_t, int64_t> damaged = {-1, -1};
    int64_t end() const { return std::ssize(records); }
  };

  Result<const Log*> Find(const kafka::LogId& id) const {
    for (const auto& [name, topic] : topics_) {
      if (topic.topic_id == id.topic_id && id.cluster_id == cluster_id_ &&
          id.partition < topic.partitions) {
        return &logs_.at(id);
      }
    }
    return Fail(Code::kNotFound, "no such log");
  }
  void Rang() {
    ++changes_;
    changed_.notify_all();
  }

  const std::string cluster_id_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t changes_ = 1;
  std::map<std::string, kafka::TopicInfo> topics_;
  std::map<kafka::LogId, Log> logs_;
};

}  // namespace ticklake::lake
