// TopicStore: all topics of one broker directory, their logs, their configuration.
//
// Holds the directory's exclusive lock. Layout and formats: docs/log-format.md.
// Threading: safe from any thread. Partitions are opened, and recovered, when first used; several
// at once if several threads ask.
// Invariants: what Create, Delete, AlterConfig report as done survives a crash. A topic deleted
// and created again has another id. Does not: speak the protocol, keep group offsets.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/jump_watch.h"
#include "base/metrics.h"
#include "base/uuid.h"
#include "broker/log/flusher.h"
#include "broker/log/open_files.h"
#include "broker/log/partition_log.h"
#include "broker/log/topic_config.h"
#include "broker/log/topic_table.h"

namespace ticklake::broker {

struct StoreOptions {
  FileSystem* fs = nullptr;      ///< outlives the store
  const Clock* clock = nullptr;  ///< outlives the store
  Metrics* metrics = nullptr;    ///< may be null; outlives the store
  std::string dir;               ///< DIR/broker; made if missing
  ConfigMap topic_defaults;      ///< for topics that do not override them
  size_t max_open_files = 256;   ///< beyond those with unflushed bytes
  /// More than there are CPUs: they wait for the disk, which serves many flushes at once.
  size_t flush_threads = 8;
  /// Without threads nothing flushes or expires but by explicit calls (tests).
  bool background = true;
  /// How often retention and producer expiry are looked at.
  int64_t housekeeping_ms = 30'000;
  /// ReadBootId(), to tell a crash of the process from one of the machine; see
  /// docs/log-format.md, recovery. Empty: the machine may have crashed.
  std::string boot_id;
  /// Nothing is locked, written or repaired; see OpenOffline.
  bool read_only = false;
  /// Ids of topics and of the cluster.
  std::function<Uuid()> new_id = Uuid::Random;
};

class TopicStore {
 public:
  /// Told that a log's durable end or start moved, or (partition -1) that a topic was made,
  /// changed or deleted. Called without locks held; must be quick.
  using Listener = std::function<void(const Uuid& topic, int32_t partition)>;
  /// Ends the subscription when destroyed; afterwards the listener is not called any more.
  using Subscription = std::shared_ptr<void>;

  /// kConflict: another process has the directory (the message names path and process).
  /// kUnsupported: a newer format. kCorrupt: damaged metadata.
  static Result<std::unique_ptr<TopicStore>> Open(StoreOptions options);
  /// Flushes and closes all logs.
  ~TopicStore();

  /// 22 characters, URL-safe base64.
  const std::string& cluster_id() const { return cluster_id_; }

  /// kAlreadyExists; kInvalid for name, partition count or configuration.
  Result<Topic> Create(const std::string& name, int32_t partitions, const ConfigMap& config);
  /// kNotFound.
  Result<void> Delete(const std::string& name);
  /// Sets (text) and clears (nullopt) overrides, all or none. kNotFound, kInvalid.
  Result<void> AlterConfig(const std::string& name,
                           const std::map<std::string, std::optional<std::string>>& changes);
  /// Only upwards. kNotFound, kInvalid.
  Result<void> SetPartitions(const std::string& name, int32_t partitions);

  /// Sorted by name.
  std::vector<Topic> List() const;
  std::optional<Topic> Find(std::string_view name) const;
  std::optional<Topic> Find(const Uuid& id) const;
  /// The values in effect: defaults of the table, of the store, overrides.
  Result<TopicConfig> EffectiveConfig(const ConfigMap& overrides) const;
  const ConfigMap& topic_defaults() const { return options_.topic_defaults; }

  /// kNotFound when this incarnation, or this partition of it, does not exist.
  Result<std::shared_ptr<PartitionLog>> Partition(const Uuid& id, int32_t partition);

  /// A producer id that was never given out before, nor will be after a crash.
  Result<int64_t> NewProducerId();

  [[nodiscard]] Subscription Subscribe(Listener listener);

  /// One pass of retention and checkpoints over all opened logs, as the background does.
  void Housekeeping();
  /// Flushes all logs that have something to flush.
  Result<void> FlushAll();

 private:
  struct Listeners;
  class Opening;
  using LogKey = std::pair<Uuid, int32_t>;

  explicit TopicStore(StoreOptions options);

  Result<void> Load();
  Result<void> LoadClusterId();
  Result<void> LoadTable();
  Result<void> SaveTable(TopicTable table);
  void UseTable(TopicTable table);
  /// Whether the file says what table_ says, as far as the page cache shows.
  bool TableIsOnDisk() const;
  void RemoveFilesOf(const Uuid& id);
  void ForgetLogs(const Uuid& id);
  void ApplyConfig(const Topic& topic);
  Result<std::shared_ptr<PartitionLog>> OpenLog(const Topic& topic, int32_t partition);
  Result<Topic> Existing(const std::string& name) const;
  std::shared_ptr<PartitionLog> OpenedLog(const LogKey& key) const;
  std::vector<std::shared_ptr<PartitionLog>> OpenedLogs() const;
  /// Does something to all opened logs, several at once; the first error.
  Result<void> ForOpenedLogs(const std::function<Result<void>(PartitionLog&)>& work);
  std::string Path(std::string_view name) const { return JoinPath(options_.dir, name); }
  std::string TopicDir(const Uuid& id) const;

  StoreOptions options_;
  JumpWatch wall_;
  std::string cluster_id_;
  std::unique_ptr<FileLock> lock_;
  const std::shared_ptr<Listeners> listeners_;
  OpenFiles files_;

  std::mutex change_mutex_;   // serialises Create, Delete, ...; held during I/O; taken first
  mutable std::mutex mutex_;  // guards the rest; held briefly
  TopicTable table_;
  std::map<std::string, Uuid, std::less<>> by_name_;
  std::map<LogKey, std::shared_ptr<PartitionLog>> logs_;

  std::mutex open_mutex_;  // guards opening_; held briefly, never with another
  std::condition_variable opened_;
  std::set<LogKey> opening_;  // partitions that some thread recovers now

  std::mutex producer_id_mutex_;
  int64_t next_producer_id_ = 0;
  int64_t producer_ids_end_ = 0;

  std::unique_ptr<Flusher> flusher_;  // last: its threads use everything above
};

}  // namespace ticklake::broker
