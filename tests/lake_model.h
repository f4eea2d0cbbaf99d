// LakeModel: the broker's log, the sink and the lake on one disk that fails, fills up, or loses its
// power at any call; and what must be there afterwards.
//
// Tests only. The catalog's swap is on that disk too. One thread; the same seed makes the same
// calls. Invariants it checks:
//  - an operation fails only if a call of the disk failed in it;
//  - what was acked is in the table exactly once, nothing is there that was not produced, a commit
//    that was reported is never taken back, every kept snapshot can be read, verify agrees.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array/array_primitive.h>

#include "base/log.h"
#include "base/memory_fs.h"
#include "base/random.h"
#include "broker/log/segment_log_reader.h"
#include "broker/log/topic_store.h"
#include "catalog/file_catalog.h"
#include "kafka/batch_builder.h"
#include "lake/maintenance/maintainer.h"
#include "lake/parquet/reader.h"
#include "lake/sink/hand_sink.h"
#include "lake/verify/verify.h"

namespace ticklake {

class LakeModel {
 public:
  explicit LakeModel(uint64_t seed) : random_(seed), ids_(seed, 1) {
    spdlog::set_level(spdlog::level::off);  // faults are reported loudly
  }
  ~LakeModel() { Drop(); }
  LakeModel(const LakeModel&) = delete;
  LakeModel& operator=(const LakeModel&) = delete;

  MemoryFileSystem& fs() { return fs_; }
  bool up() const { return machine_ != nullptr; }
  int restarts() const { return restarts_; }
  int commits() const { return commits_; }
  int merges() const { return merges_; }
  int expired() const { return expired_; }
  const std::string& last_error() const { return last_error_; }

  /// Random work, until the power goes.
  void Work(int steps) {
    for (; steps > 0 && !fs_.powerless(); --steps) Step();
  }

  void Stop() { Drop(); }
  void Kill() {
    fs_.CutPower();
    Drop();
    fs_.Kill();
  }
  uint64_t LosePower(uint64_t seed) {
    fs_.CutPower();
    Drop();
    ++boot_;
    return fs_.Crash(seed);
  }

  /// Everything that must be so when the disk is well; then that work goes on.
  void Check() {
    clock_.Advance(3 * kNanosPerSecond);
    ASSERT_TRUE(machine_ || Start());
    CheckDrained();
    if (testing::Test::HasFailure()) return;
    Produce();
    if (machine_) Produce();
    ASSERT_TRUE(machine_ || Start());
    CheckDrained();
  }

  /// Queries go on.
  void CheckReads() {
    clock_.Advance(3 * kNanosPerSecond);
    ASSERT_TRUE(machine_);
    const auto view = machine_->sink->View(kTopic);
    ASSERT_TRUE(view) << view.error().message;
    CheckRows(*view);
  }

 private:
  static constexpr char kTopic[] = "events";
  static constexpr int32_t kPartitions = 2;

  /// All that runs in one process.
  struct Machine {
    std::unique_ptr<broker::TopicStore> topics;
    std::unique_ptr<kafka::LogReader> reader;
    std::unique_ptr<store::ObjectStore> objects;
    std::unique_ptr<catalog::FileCatalog> catalog;
    std::unique_ptr<lake::TableStore> tables;
    std::unique_ptr<lake::HandSink> sink;
  };

  Result<std::unique_ptr<Machine>> Boot() {
    auto machine = std::make_unique<Machine>();
    TL_ASSIGN(machine->topics,
              broker::TopicStore::Open({.fs = &fs_,
                                        .clock = &clock_,
                                        .dir = "/data/broker",
                                        .topic_defaults = {{"segment.bytes", "2000"}},
                                        .background = false,
                                        .boot_id = "boot-" + std::to_string(boot_),
                                        .new_id = [this] { return Uuid::From(ids_); }}));
    if (!machine->topics->Find(kTopic)) {
      TL_TRY(machine->topics->Create(kTopic, kPartitions, {}));
    }
    machine->reader = broker::NewSegmentLogReader(*machine->topics);
    TL_ASSIGN(machine->objects, store::OpenDirectoryStore(fs_, "/data/lake"));
    machine->catalog = std::make_unique<catalog::FileCatalog>(fs_, "/data/catalog", clock_);
    machine->tables =
        std::make_unique<lake::TableStore>(*machine->catalog, *machine->objects, clock_);
    lake::SinkOptions options;
    options.read_bytes = 500;
    machine->sink =
        std::make_unique<lake::HandSink>(*machine->tables, *machine->reader, clock_, options);
    TL_TRY(machine->sink->Discover());
    return machine;
  }

  bool Start() {
    const uint64_t failed = fs_.counts().failed;
    auto machine = Boot();
    if (machine) {
      machine_ = std::move(*machine);
    } else {
      ExpectExcuse(failed, machine.error().message);
    }
    return machine_ != nullptr;
  }

  void Drop() { machine_.reset(); }

  void ExpectExcuse(uint64_t failed_before, const std::string& message) {
    EXPECT_GT(fs_.counts().failed, failed_before) << "failed for no reason: " << message;
    last_error_ = message;
  }
  template <class Outcome>
  bool Well(uint64_t failed_before, const Outcome& outcome) {
    if (!outcome) ExpectExcuse(failed_before, outcome.error().message);
    return outcome.has_value();
  }

  void Step() {
    clock_.Advance(3 * kNanosPerSecond);
    if (!machine_ && !Start()) return;
    switch (random_.Below(12)) {
      case 0:
      case 1:
      case 2: return Commit();
      case 3: return Merge();
      case 4: return Look();
      case 5: {
        if (random_.Chance(1, 2)) return;
        return random_.Chance(1, 2) ? Stop() : Kill();
      }
      default: Produce();
    }
  }

  void Produce() {
    const auto topic = machine_->topics->Find(kTopic);
    const auto partition = static_cast<int32_t>(random_.Below(kPartitions));
    const uint64_t failed = fs_.counts().failed;
    const auto log = machine_->topics->Partition(topic->id, partition);
    if (!Well(failed, log)) return;
    kafka::BatchBuilder builder;
    std::vector<int64_t> numbers;
    std::vector<std::string> values;
    for (uint64_t n = 1 + random_.Below(5); n > 0; --n) {
      if (random_.Chance(1, 7)) {
        values.emplace_back("a dead letter");
        continue;
      }
      numbers.push_back(next_++);
      values.push_back(fmt::format(R"({{"n":{}}})", numbers.back()));
    }
    for (const std::string& value : values) builder.Add({.value = value, .timestamp_ms = 1});
    const broker::Appended appended = (*log)->Append(builder.Build().value());
    if (appended.fault == broker::AppendFault::kNone) {
      produced_.insert(numbers.begin(), numbers.end());
      const auto flushed = random_.Chance(1, 4) ? Fail(Code::kTimeout, "") : (*log)->Flush();
      if (flushed) acked_.insert(numbers.begin(), numbers.end());
    } else {
      ExpectExcuse(failed, appended.message);
    }
    if (!(*log)->damage()) return;
    // As its message says: only a new start helps.
    EXPECT_GT(fs_.counts().failed, failed);
    ++restarts_;
    Stop();
  }

  void Commit() {
    const uint64_t failed = fs_.counts().failed;
    if (!Well(failed, machine_->sink->Discover())) return;
    machine_->sink->Read();
    if (!Well(failed, machine_->sink->Commit())) return;
    ++commits_;
    const auto state = machine_->tables->Load("market", kTopic);
    if (!state) return;
    version_ = std::max(version_, state->entry.version);
    const auto& metadata = *state->metadata;
    expired_ += metadata.last_sequence_number > std::ssize(metadata.snapshots) ? 1 : 0;
    KeepFew();
  }

  void Merge() {
    lake::Maintainer maintainer(*machine_->tables, clock_, {.min_files = 2});
    const uint64_t failed = fs_.counts().failed;
    const auto done = maintainer.RunOnce();
    if (Well(failed, done)) merges_ += static_cast<int>(done->merges);
  }

  void Look() {
    const uint64_t failed = fs_.counts().failed;
    const auto view = machine_->sink->View(kTopic);
    if (Well(failed, view)) CheckRows(*view);
  }

  /// Expiry and trimming in every commit from now on.
  void KeepFew() {
    const uint64_t failed = fs_.counts().failed;
    const auto state = machine_->tables->Load("market", kTopic);
    if (!state && state.error().code == Code::kNotFound) return;
    if (!Well(failed, state)) return;
    lake::TableChange change;
    change.set_properties = {{"history.expire.min-snapshots-to-keep", "2"},
                             {"write.metadata.previous-versions-max", "2"},
                             {"commit.manifest.min-count-to-merge", "2"}};
    const auto& held = state->metadata->properties;
    const bool set = std::ranges::all_of(change.set_properties, [&](const auto& property) {
      const auto found = held.find(property.first);
      return found != held.end() && found->second == property.second;
    });
    if (set) return;
    Well(failed, machine_->tables->Commit(*state, change));
  }

  void CheckDrained() {
    const auto drained = machine_->sink->Drain();
    ASSERT_TRUE(drained) << drained.error().message;
    EXPECT_EQ(machine_->sink->Stopped(), "");
    const auto view = machine_->sink->View(kTopic);
    if (!view && produced_.empty()) return;
    ASSERT_TRUE(view) << view.error().message;
    CheckRows(*view);
    const auto state = machine_->tables->Load("market", kTopic);
    if (!state) {
      EXPECT_TRUE(view->tail.empty() && acked_.empty()) << state.error().message;
      return;
    }
    EXPECT_TRUE(view->tail.empty());
    EXPECT_GE(state->entry.version, version_) << "a commit was taken back";
    CheckSnapshots(*state);
    const auto report =
        lake::Verify({machine_->tables.get(), machine_->reader.get()}, "market", kTopic);
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_TRUE(report->Ok()) << report->problems.front();
    EXPECT_TRUE(report->Complete());
  }

  /// Every snapshot that is kept can be read, all its files are there.
  void CheckSnapshots(const lake::TableState& state) {
    lake::TableStore fresh(*machine_->catalog, *machine_->objects, clock_);
    for (const lake::iceberg::Snapshot& snapshot : state.metadata->snapshots) {
      auto past = std::make_shared<lake::iceberg::TableMetadata>(*state.metadata);
      past->current_snapshot_id = snapshot.snapshot_id;
      const auto files = fresh.LiveFiles({state.entry, past});
      ASSERT_TRUE(files) << files.error().message;
      for (const auto& file : *files) {
        const auto info = machine_->objects->Head(machine_->objects->KeyOf(file.path).value());
        ASSERT_TRUE(info) << info.error().message;
        EXPECT_EQ(static_cast<int64_t>(info->size), file.file_size);
      }
    }
  }

  void CheckRows(const lake::TableView& view) {
    std::set<int64_t> seen;
    const auto enter = [&](const arrow::RecordBatch& batch) {
      const auto numbers = std::static_pointer_cast<arrow::Int64Array>(batch.GetColumnByName("n"));
      for (int64_t row = 0; numbers && row < batch.num_rows(); ++row) {
        const int64_t number = numbers->Value(row);
        EXPECT_TRUE(seen.insert(number).second) << number << " is there twice";
        EXPECT_TRUE(produced_.contains(number)) << number << " was never produced";
      }
    };
    const uint64_t failed = fs_.counts().failed;
    for (const auto& file : view.files) {
      const auto batches = lake::ReadDataFile(*machine_->objects, file, view.schema);
      if (!Well(failed, batches)) return;
      for (const auto& batch : *batches) enter(*batch);
    }
    for (const auto& batch : view.tail) enter(*batch);
    for (const int64_t number : acked_) {
      EXPECT_TRUE(seen.contains(number)) << number << " was acked and is not there";
    }
    acked_.insert(seen.begin(), seen.end());  // what was seen stays
  }

  Random random_;
  Random ids_;
  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  MemoryFileSystem fs_;
  std::unique_ptr<Machine> machine_;
  int boot_ = 1;
  int restarts_ = 0;
  int commits_ = 0;
  int merges_ = 0;
  int expired_ = 0;
  int64_t next_ = 0;
  int64_t version_ = 0;  ///< the newest that a commit reported
  std::set<int64_t> produced_;
  std::set<int64_t> acked_;  ///< or seen by a query
  std::string last_error_;
};

}  // namespace ticklake
