// Mortal: an object store and a catalog of one process that dies at a chosen call.
//
// Tests only. From the call of death on everything fails, as seen from inside a process that is
// being killed; the call itself may have happened or not. The catalog's answers, and questions, may
// get lost, or arrive late; and a call may be held up while the rest of the world goes on. What the
// disk keeps is MemoryFileSystem's. Threading: safe from any thread, but for Fate's setters, which
// come first.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "catalog/catalog.h"
#include "store/object_store.h"

namespace ticklake::lake {

/// How long a process lives, and how often its catalog's answers are lost.
class Fate {
 public:
  explicit Fate(uint64_t seed, uint64_t calls = ~uint64_t{0}, uint64_t lost_answers = 0)
      : seed_(seed), calls_(calls), lost_answers_(lost_answers) {}

  /// Changes that are still on their way to the catalog.
  using Late = std::vector<std::function<void()>>;

  /// Before each call: what others do while the process is held up.
  void HoldUp(std::function<void()> others) { others_ = std::move(others); }
  /// A third of the lost answers belong to changes that arrive when somebody runs them.
  void SendLate(Late* late) { late_ = late; }
  Late* late() const { return late_; }
  void BeforeCall() const {
    if (others_) others_();
  }

  enum class Call { kHappens, kHappensUnheard, kNever, kRejected, kLate };
  /// `changes`: the call changes something.
  Call Next(bool changes) {
    const uint64_t n = ++made_;
    const uint64_t dice = Mix64(seed_ ^ Mix64(n));
    if (n > calls_) return Call::kNever;
    if (n == calls_) return dice % 2 == 0 ? Call::kHappensUnheard : Call::kNever;
    if (changes && lost_answers_ > 0 && dice % lost_answers_ == 0) {
      switch (dice / lost_answers_ % (late_ != nullptr ? 3 : 2)) {
        case 0: return Call::kHappensUnheard;
        case 1: return Call::kRejected;
        default: return Call::kLate;
      }
    }
    return Call::kHappens;
  }
  bool dead() const { return made_ >= calls_; }

 private:
  const uint64_t seed_;
  const uint64_t calls_;
  const uint64_t lost_answers_;
  std::atomic<uint64_t> made_ = 0;
  std::function<void()> others_;
  Late* late_ = nullptr;
};

class MortalStore : public store::ObjectStore {
 public:
  MortalStore(store::ObjectStore& inner, Fate& fate) : inner_(inner), fate_(fate) {}

  const std::string& RootUri() const override { return inner_.RootUri(); }
  Result<void> Put(const std::string& key, std::string_view data) override {
    return Change([&] { return inner_.Put(key, data); });
  }
  Result<void> PutIfAbsent(const std::string& key, std::string_view data) override {
    return Change([&] { return inner_.PutIfAbsent(key, data); });
  }
  Result<void> Delete(const std::string& key) override {
    return Change([&] { return inner_.Delete(key); });
  }
  Result<std::string> Get(const std::string& key) override {
    if (Dies()) return Dead();
    return inner_.Get(key);
  }
  Result<std::string> GetRange(const std::string& key, uint64_t offset, size_t size) override {
    if (Dies()) return Dead();
    return inner_.GetRange(key, offset, size);
  }
  Result<store::ObjectInfo> Head(const std::string& key) override {
    if (Dies()) return Dead();
    return inner_.Head(key);
  }
  Result<std::vector<store::ObjectInfo>> List(const std::string& prefix) override {
    if (Dies()) return Dead();
    return inner_.List(prefix);
  }

  static std::unexpected<Error> Dead() { return Fail(Code::kIo, "the process is dead"); }

 private:
  bool Dies() {
    fate_.BeforeCall();
    return fate_.Next(false) == Fate::Call::kNever;
  }
  template <class Work>
  Result<void> Change(const Work& work) {
    fate_.BeforeCall();
    switch (fate_.Next(false)) {
      case Fate::Call::kHappens: return work();
      case Fate::Call::kHappensUnheard: (void)work(); return Dead();
      default: return Dead();
    }
  }

  store::ObjectStore& inner_;
  Fate& fate_;
};

class MortalCatalog : public catalog::Catalog {
 public:
  MortalCatalog(catalog::Catalog& inner, Fate& fate) : inner_(inner), fate_(fate) {}

  Result<void> CreateDatabase(const catalog::Database& database) override {
    return inner_.CreateDatabase(database);
  }
  Result<catalog::Database> GetDatabase(const std::string& name) override {
    return inner_.GetDatabase(name);
  }
  Result<std::vector<catalog::Database>> ListDatabases() override { return inner_.ListDatabases(); }
  Result<void> DeleteDatabase(const std::string& name) override {
    return inner_.DeleteDatabase(name);
  }
  Result<void> CreateTable(const catalog::Table& table) override {
    return Change([table](catalog::Catalog& to) { return to.CreateTable(table); });
  }
  Result<void> UpdateTable(const catalog::Table& table) override {
    return Change([table](catalog::Catalog& to) { return to.UpdateTable(table); });
  }
  Result<void> DeleteTable(const std::string& database, const std::string& name) override {
    return inner_.DeleteTable(database, name);
  }
  Result<catalog::Table> GetTable(const std::string& database, const std::string& name) override {
    fate_.BeforeCall();
    if (fate_.dead()) return MortalStore::Dead();
    return inner_.GetTable(database, name);
  }
  Result<std::vector<catalog::Table>> ListTables(const std::string& database) override {
    if (fate_.dead()) return MortalStore::Dead();
    return inner_.ListTables(database);
  }
  Result<std::vector<catalog::PartitionError>> CreatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<catalog::Partition>& partitions) override {
    return inner_.CreatePartitions(database, table, partitions);
  }
  Result<std::vector<catalog::PartitionError>> UpdatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<catalog::PartitionUpdate>& updates) override {
    return inner_.UpdatePartitions(database, table, updates);
  }
  Result<std::vector<catalog::PartitionError>> DeletePartitions(
      const std::string& database, const std::string& table,
      const std::vector<catalog::PartitionValues>& values) override {
    return inner_.DeletePartitions(database, table, values);
  }
  Result<catalog::Partition> GetPartition(const std::string& database, const std::string& table,
                                          const catalog::PartitionValues& values) override {
    return inner_.GetPartition(database, table, values);
  }
  Result<catalog::PartitionPage> ListPartitions(const std::string& database,
                                                const std::string& table,
                                                const catalog::PageRequest& page) override {
    return inner_.ListPartitions(database, table, page);
  }

 private:
  template <class Work>
  Result<void> Change(const Work& work) {
    fate_.BeforeCall();
    switch (fate_.Next(true)) {
      case Fate::Call::kHappens: return work(inner_);
      case Fate::Call::kHappensUnheard:
        (void)work(inner_);
        return Fail(Code::kOutcomeUnknown, "the answer was lost");
      case Fate::Call::kRejected: return Fail(Code::kOutcomeUnknown, "the question was lost");
      case Fate::Call::kLate:
        // The process may be gone by then, but not what it asked.
        fate_.late()->push_back([&inner = inner_, work]() mutable { (void)work(inner); });
        return Fail(Code::kOutcomeUnknown, "the question is on its way");
      case Fate::Call::kNever: break;
    }
    return MortalStore::Dead();
  }

  catalog::Catalog& inner_;
  Fate& fate_;
};

}  // namespace ticklake::lake
