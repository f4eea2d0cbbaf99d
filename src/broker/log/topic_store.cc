#include "broker/log/topic_store.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/make_dir.h"
#include "base/thread_pool.h"
#include "broker/log/log_format.h"
#include "broker/log/stamped_text.h"
#include "kafka/topic_name.h"

namespace ticklake::broker {
namespace {

constexpr Stamp kClusterStamp{"cluster", kClusterVersion};
constexpr Stamp kProducerIdsStamp{"producer-ids", kProducerIdsVersion};
constexpr int32_t kMaxPartitions = 10'000;
constexpr size_t kThreadsForAllLogs = 16;

/// The one line "<key> <value>" of a stamped file.
Result<std::string> ReadLine(FileSystem& fs, const std::string& path, const Stamp& stamp,
                             std::string_view key) {
  TL_ASSIGN(const std::string text, fs.ReadFile(path));
  TL_ASSIGN(const auto lines, CheckStamp(stamp, text, path));
  const auto words = lines.size() == 1 ? Words(lines[0]) : std::vector<std::string_view>{};
  if (words.size() != 2 || words[0] != key) return Fail(Code::kCorrupt, "{}: no {}", path, key);
  return std::string(words[1]);
}

Result<void> CheckPartitions(const std::string& name, int32_t partitions) {
  if (partitions >= 1 && partitions <= kMaxPartitions) return {};
  return Fail(Code::kInvalid, "topic '{}': {} partitions; give it 1 to {}", name, partitions,
              kMaxPartitions);
}

}  // namespace

struct TopicStore::Listeners {
  std::mutex mutex;
  uint64_t next = 0;
  std::map<uint64_t, Listener> all;

  void Tell(const Uuid& topic, int32_t partition) {
    const std::lock_guard lock(mutex);
    for (const auto& [id, listener] : all) listener(topic, partition);
  }
};

/// Held: this thread alone opens the partition. Waits for another one that does.
class TopicStore::Opening {
 public:
  Opening(TopicStore& store, LogKey key) : store_(store), key_(std::move(key)) {
    std::unique_lock lock(store_.open_mutex_);
    store_.opened_.wait(lock, [this] { return !store_.opening_.contains(key_); });
    store_.opening_.insert(key_);
  }
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;
  ~Opening() {
    const std::lock_guard lock(store_.open_mutex_);
    store_.opening_.erase(key_);
    store_.opened_.notify_all();
  }

 private:
  TopicStore& store_;
  const LogKey key_;
};

TopicStore::TopicStore(StoreOptions options)
    : options_(std::move(options)),
      wall_(*options_.clock),
      listeners_(std::make_shared<Listeners>()),
      files_(*options_.fs, options_.max_open_files) {}

Result<std::unique_ptr<TopicStore>> TopicStore::Open(StoreOptions options) {
  std::unique_ptr<TopicStore> store(new TopicStore(std::move(options)));
  TL_TRY(store->EffectiveConfig({}));
  TL_TRY(store->Load());
  const StoreOptions& chosen = store->options_;
  if (chosen.background && !chosen.read_only) {
    store->flusher_ = std::make_unique<Flusher>(chosen.flush_threads);
    store->flusher_->Every(std::chrono::milliseconds(chosen.housekeeping_ms),
                           [raw = store.get()] { raw->Housekeeping(); });
  }
  return store;
}

TopicStore::~TopicStore() {
  flusher_.reset();
  (void)ForOpenedLogs([](PartitionLog& log) {
    auto closed = log.Close();
    if (!closed) spdlog::error("{}", closed.error().message);
    return closed;
  });
}

Result<void> TopicStore::Load() {
  if (!options_.read_only) {
    TL_TRY(options_.fs->MakeDirs(options_.dir));
    TL_ASSIGN(lock_, options_.fs->Lock(Path(kLockFile)));
  }
  TL_TRY(LoadClusterId());
  TL_TRY(LoadTable());
  if (options_.read_only) return {};
  TL_TRY(MakeDir(*options_.fs, Path(kLogsFolder)));
  // The names of what was read may be in the page cache only; records that are taken on the
  // strength of them must not outlive them.
  TL_TRY(options_.fs->SyncDir(options_.dir));
  if (!table_.topics.empty()) TL_TRY(options_.fs->SyncDir(Path(kLogsFolder)));
  for (const Uuid& id : std::set<Uuid>(table_.deleted)) RemoveFilesOf(id);
  return {};
}

Result<void> TopicStore::LoadClusterId() {
  const std::string path = Path(kClusterFile);
  TL_ASSIGN(const bool exists, options_.fs->Exists(path));
  if (exists) {
    TL_ASSIGN(cluster_id_, ReadLine(*options_.fs, path, kClusterStamp, "id"));
    return {};
  }
  if (options_.read_only) {
    return Fail(Code::kNotFound, "{}: holds no broker's data", options_.dir);
  }
  TL_ASSIGN(const bool used, options_.fs->Exists(Path(kTopicsFile)));
  if (used) return Fail(Code::kCorrupt, "{}: missing; restore it from a backup", path);
  cluster_id_ = options_.new_id().ToBase64();
  return options_.fs->WriteFileAtomically(
      path, StampText(kClusterStamp, fmt::format("id {}\n", cluster_id_)));
}

Result<void> TopicStore::LoadTable() {
  const std::string path = Path(kTopicsFile);
  TL_ASSIGN(const bool exists, options_.fs->Exists(path));
  if (exists) {
    TL_ASSIGN(const std::string text, options_.fs->ReadFile(path));
    TL_ASSIGN(table_, ParseTopicTable(text, path));
  } else {
    // Written with the first topic: logs without it mean that it was lost.
    const auto logs = options_.fs->List(Path(kLogsFolder));
    if (!logs && logs.error().code != Code::kNotFound) return Fail(logs.error());
    if (logs && !logs->empty()) {
      return Fail(Code::kCorrupt, "{}: missing; restore it from a backup", path);
    }
  }
  for (const auto& [id, topic] : table_.topics) by_name_[topic.name] = id;
  return {};
}

Result<void> TopicStore::SaveTable(TopicTable table) {
  TL_TRY(options_.fs->WriteFileAtomically(Path(kTopicsFile), FormatTopicTable(table)));
  UseTable(std::move(table));
  return {};
}

void TopicStore::UseTable(TopicTable table) {
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
  by_name_.clear();
  for (const auto& [id, topic] : table_.topics) by_name_[topic.name] = id;
}

bool TopicStore::TableIsOnDisk() const {
  const auto text = options_.fs->ReadFile(Path(kTopicsFile));
  return text && *text == FormatTopicTable(table_);
}

std::string TopicStore::TopicDir(const Uuid& id) const {
  return JoinPath(Path(kLogsFolder), id.ToString());
}

Result<Topic> TopicStore::Create(const std::string& name, int32_t partitions,
                                 const ConfigMap& config) {
  TL_TRY(kafka::CheckTopicName(name));
  TL_TRY(CheckPartitions(name, partitions));
  if (const auto parsed = EffectiveConfig(config); !parsed) {
    return Fail(parsed.error().Within(fmt::format("topic '{}'", name)));
  }
  const std::lock_guard change(change_mutex_);
  if (Find(name)) return Fail(Code::kAlreadyExists, "topic '{}': exists already", name);
  Topic topic{name, options_.new_id(), partitions, config};
  TopicTable table = table_;
  table.topics[topic.id] = topic;
  TL_TRY(SaveTable(std::move(table)));
  listeners_->Tell(topic.id, -1);
  return topic;
}

Result<void> TopicStore::Delete(const std::string& name) {
  const std::lock_guard change(change_mutex_);
  TL_ASSIGN(const Topic topic, Existing(name));
  TopicTable table = table_;
  table.topics.erase(topic.id);
  table.deleted.insert(topic.id);
  if (const auto saved = SaveTable(table); !saved) {
    if (TableIsOnDisk()) return saved;
    // The new list may have taken the old one's place, durably or not. So the topic takes no more
    // records, which the next start would delete; and its files stay, which it may want.
    UseTable(std::move(table));
    ForgetLogs(topic.id);
    listeners_->Tell(topic.id, -1);
    return Fail(saved.error().code,
                "topic '{}': whether it is deleted shows at the next start; its deletion was not "
                "written to the end: {}",
                name, saved.error().message);
  }
  ForgetLogs(topic.id);
  RemoveFilesOf(topic.id);
  listeners_->Tell(topic.id, -1);
  return {};
}

void TopicStore::ForgetLogs(const Uuid& id) {
  std::vector<std::shared_ptr<PartitionLog>> gone;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(logs_, [&](const auto& entry) {
      if (entry.first.first != id) return false;
      gone.push_back(entry.second);
      return true;
    });
  }
  for (const auto& log : gone) log->Abandon();
}

void TopicStore::RemoveFilesOf(const Uuid& id) {
  files_.ForgetUnder(TopicDir(id));
  const auto remove = [&]() -> Result<void> {
    TL_TRY(options_.fs->RemoveAll(TopicDir(id)));
    return options_.fs->SyncDir(Path(kLogsFolder));
  };
  if (const auto removed = remove(); !removed) {
    spdlog::warn("{}; it is tried again at the next start", removed.error().message);
    return;
  }
  const std::lock_guard lock(mutex_);
  table_.deleted.erase(id);  // on disk with the next change
}

Result<void> TopicStore::AlterConfig(
    const std::string& name, const std::map<std::string, std::optional<std::string>>& changes) {
  const std::lock_guard change(change_mutex_);
  TL_ASSIGN(Topic topic, Existing(name));
  for (const auto& [key, value] : changes) {
    if (value) {
      topic.config[key] = *value;
    } else {
      topic.config.erase(key);
    }
  }
  if (const auto parsed = EffectiveConfig(topic.config); !parsed) {
    return Fail(parsed.error().Within(fmt::format("topic '{}'", name)));
  }
  TopicTable table = table_;
  table.topics[topic.id] = topic;
  TL_TRY(SaveTable(std::move(table)));
  ApplyConfig(topic);
  listeners_->Tell(topic.id, -1);
  return {};
}

void TopicStore::ApplyConfig(const Topic& topic) {
  const auto config = EffectiveConfig(topic.config);
  if (!config) return;
  for (int32_t partition = 0; partition < topic.partitions; ++partition) {
    if (const auto log = OpenedLog({topic.id, partition})) log->SetConfig(*config);
  }
}

Result<void> TopicStore::SetPartitions(const std::string& name, int32_t partitions) {
  TL_TRY(CheckPartitions(name, partitions));
  const std::lock_guard change(change_mutex_);
  TL_ASSIGN(Topic topic, Existing(name));
  if (partitions < topic.partitions) {
    return Fail(Code::kInvalid, "topic '{}': has {} partitions; it cannot shrink to {}", name,
                topic.partitions, partitions);
  }
  topic.partitions = partitions;
  TopicTable table = table_;
  table.topics[topic.id] = topic;
  TL_TRY(SaveTable(std::move(table)));
  listeners_->Tell(topic.id, -1);
  return {};
}

std::vector<Topic> TopicStore::List() const {
  const std::lock_guard lock(mutex_);
  std::vector<Topic> topics;
  topics.reserve(by_name_.size());
  for (const auto& [name, id] : by_name_) topics.push_back(table_.topics.at(id));
  return topics;
}

std::optional<Topic> TopicStore::Find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  return table_.topics.at(found->second);
}

std::optional<Topic> TopicStore::Find(const Uuid& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = table_.topics.find(id);
  if (found == table_.topics.end()) return std::nullopt;
  return found->second;
}

Result<Topic> TopicStore::Existing(const std::string& name) const {
  auto topic = Find(name);
  if (!topic) return Fail(Code::kNotFound, "topic '{}': does not exist", name);
  return *std::move(topic);
}

Result<TopicConfig> TopicStore::EffectiveConfig(const ConfigMap& overrides) const {
  ConfigMap merged = overrides;
  merged.insert(options_.topic_defaults.begin(), options_.topic_defaults.end());
  return ParseTopicConfig(merged);
}

std::shared_ptr<PartitionLog> TopicStore::OpenedLog(const LogKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = logs_.find(key);
  return found == logs_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<PartitionLog>> TopicStore::OpenedLogs() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<PartitionLog>> logs;
  logs.reserve(logs_.size());
  for (const auto& [key, log] : logs_) logs.push_back(log);
  return logs;
}

Result<std::shared_ptr<PartitionLog>> TopicStore::Partition(const Uuid& id, int32_t partition) {
  const LogKey key{id, partition};
  if (auto log = OpenedLog(key)) return log;
  const Opening opening(*this, key);
  if (auto log = OpenedLog(key)) return log;
  const auto topic = Find(id);
  if (!topic) return Fail(Code::kNotFound, "topic {}: does not exist", id.ToBase64());
  if (partition < 0 || partition >= topic->partitions) {
    return Fail(Code::kNotFound, "topic '{}': partition {} does not exist; it has 0 to {}",
                topic->name, partition, topic->partitions - 1);
  }
  TL_ASSIGN(auto log, OpenLog(*topic, partition));
  const std::lock_guard lock(mutex_);
  if (!table_.topics.contains(id)) {
    return Fail(Code::kNotFound, "topic '{}': was deleted", topic->name);
  }
  logs_[key] = log;
  return log;
}

Result<std::shared_ptr<PartitionLog>> TopicStore::OpenLog(const Topic& topic, int32_t partition) {
  TL_ASSIGN(const TopicConfig config, EffectiveConfig(topic.config));
  const auto job = std::make_shared<FlushJob>();
  PartitionContext context{.fs = options_.fs,
                           .clock = options_.clock,
                           .wall = &wall_,
                           .files = &files_,
                           .boot_id = options_.boot_id,
                           .metrics = options_.metrics,
                           .request_flush =
                               [this, job](std::chrono::milliseconds delay) {
                                 if (flusher_ != nullptr) flusher_->Request(job, delay);
                               },
                           .on_change = [listeners = listeners_, id = topic.id,
                                         partition] { listeners->Tell(id, partition); }};
  const std::string dir = JoinPath(TopicDir(topic.id), std::to_string(partition));
  TL_ASSIGN(std::shared_ptr<PartitionLog> log,
            PartitionLog::Open(std::move(context), dir, config, options_.read_only));
  job->run = [weak = std::weak_ptr(log)] {
    const auto held = weak.lock();
    if (held == nullptr || !held->Flush()) return;  // a failure is logged where it happens
    if (!held->checkpoint_due()) return;
    if (const auto written = held->WriteCheckpoint(); !written) {
      spdlog::warn("{}", written.error().message);
    }
  };
  return log;
}

Result<int64_t> TopicStore::NewProducerId() {
  const std::lock_guard lock(producer_id_mutex_);
  if (next_producer_id_ == producer_ids_end_) {
    const std::string path = Path(kProducerIdsFile);
    TL_ASSIGN(const bool exists, options_.fs->Exists(path));
    int64_t begin = 0;
    if (exists) {
      TL_ASSIGN(const std::string text, ReadLine(*options_.fs, path, kProducerIdsStamp, "next"));
      if (!ParseNumber(text, &begin)) return Fail(Code::kCorrupt, "{}: not a number", path);
    }
    const std::string body = fmt::format("next {}\n", begin + kProducerIdBlock);
    TL_TRY(options_.fs->WriteFileAtomically(path, StampText(kProducerIdsStamp, body)));
    next_producer_id_ = begin;
    producer_ids_end_ = begin + kProducerIdBlock;
  }
  return next_producer_id_++;
}

TopicStore::Subscription TopicStore::Subscribe(Listener listener) {
  const std::lock_guard lock(listeners_->mutex);
  const uint64_t id = listeners_->next++;
  listeners_->all.emplace(id, std::move(listener));
  return {nullptr, [listeners = listeners_, id](void*) {
            const std::lock_guard inner(listeners->mutex);
            listeners->all.erase(id);
          }};
}

void TopicStore::Housekeeping() {
  for (const Topic& topic : List()) {
    for (int32_t partition = 0; partition < topic.partitions; ++partition) {
      const auto log = Partition(topic.id, partition);
      if (!log) continue;  // deleted meanwhile, or a disk that will be heard of elsewhere
      if (const auto applied = (*log)->ApplyRetention(); !applied) {
        spdlog::warn("retention of {}-{}: {}", topic.name, partition, applied.error().message);
      }
      (*log)->Tidy();
    }
  }
}

Result<void> TopicStore::FlushAll() {
  return ForOpenedLogs([](PartitionLog& log) { return log.Flush(); });
}

// Each log waits for the disk a few times, but the disk can serve many at once.
Result<void> TopicStore::ForOpenedLogs(const std::function<Result<void>(PartitionLog&)>& work) {
  const auto logs = OpenedLogs();
  std::mutex mutex;
  Result<void> outcome;
  const auto one = [&](PartitionLog& log) {
    auto done = work(log);
    const std::lock_guard lock(mutex);
    if (!done && outcome) outcome = std::move(done);
  };
  if (!options_.background || logs.size() < 2) {
    for (const auto& log : logs) one(*log);
    return outcome;
  }
  {
    ThreadPool pool(std::min(kThreadsForAllLogs, logs.size()), "kafka-logs");
    for (const auto& log : logs) pool.Submit([&one, log] { one(*log); });
  }
  return outcome;
}

}  // namespace ticklake::broker
