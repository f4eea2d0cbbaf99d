#include "cli/failpoint_io.h"

#include <utility>

#include "base/make_dir.h"

namespace ticklake::cli {
namespace {

using Call = Failpoints::Call;
using Moment = Failpoints::Moment;
using Place = Failpoints::Place;

/// Makes a call between the two moments of its place.
template <class Work>
auto Between(Failpoints& failpoints, const Place* place, Work work) -> decltype(work()) {
  TL_TRY(failpoints.Pass(place, Moment::kBefore));
  auto done = work();
  if (done) TL_TRY(failpoints.Pass(place, Moment::kAfter));
  return done;
}

class FailpointFile final : public File {
 public:
  FailpointFile(std::unique_ptr<File> inner, const std::string& path, Failpoints& failpoints)
      : inner_(std::move(inner)),
        failpoints_(failpoints),
        append_(Failpoints::Find(Call::kAppend, path)),
        sync_(Failpoints::Find(Call::kSync, path)),
        truncate_(Failpoints::Find(Call::kTruncate, path)) {}

  Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    return inner_->ReadAt(offset, buffer, size);
  }
  Result<void> Append(std::span<const std::string_view> parts) override {
    if (append_ == nullptr) return inner_->Append(parts);
    return Between(failpoints_, append_, [&] { return AppendInHalves(parts); });
  }
  Result<void> Sync() override {
    return Between(failpoints_, sync_, [&] { return inner_->Sync(); });
  }
  Result<void> Truncate(uint64_t size) override {
    return Between(failpoints_, truncate_, [&] { return inner_->Truncate(size); });
  }
  Result<uint64_t> Size() override { return inner_->Size(); }

 private:
  Result<void> AppendInHalves(std::span<const std::string_view> parts) {
    std::string all;
    for (const std::string_view part : parts) all += part;
    const std::string_view data = all;
    TL_TRY(inner_->File::Append(data.substr(0, data.size() / 2)));
    TL_TRY(failpoints_.Pass(append_, Moment::kHalf));
    return inner_->File::Append(data.substr(data.size() / 2));
  }

  const std::unique_ptr<File> inner_;
  Failpoints& failpoints_;
  const Place* const append_;
  const Place* const sync_;
  const Place* const truncate_;
};

class FailpointFiles final : public FileSystem, public DirMaker {
 public:
  FailpointFiles(FileSystem& inner, Failpoints& failpoints)
      : inner_(inner), failpoints_(failpoints) {}

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    if (mode == OpenMode::kRead) return inner_.Open(path, mode);
    const Place* place =
        mode == OpenMode::kCreateNew ? Failpoints::Find(Call::kCreate, path) : nullptr;
    TL_ASSIGN(auto file, Between(failpoints_, place, [&] { return inner_.Open(path, mode); }));
    return std::make_unique<FailpointFile>(std::move(file), path, failpoints_);
  }
  Result<void> Rename(const std::string& from, const std::string& to) override {
    return Name(to, [&] { return inner_.Rename(from, to); });
  }
  Result<void> Link(const std::string& from, const std::string& to) override {
    return Name(to, [&] { return inner_.Link(from, to); });
  }
  Result<void> Remove(const std::string& path) override {
    return Between(failpoints_, Failpoints::Find(Call::kRemove, path),
                   [&] { return inner_.Remove(path); });
  }
  Result<void> RemoveAll(const std::string& path) override {
    return Between(failpoints_, Failpoints::Find(Call::kRemoveAll, path),
                   [&] { return inner_.RemoveAll(path); });
  }
  Result<void> MakeDirs(const std::string& path) override { return inner_.MakeDirs(path); }
  Result<void> MakeDir(const std::string& path) override { return ticklake::MakeDir(inner_, path); }
  Result<std::vector<std::string>> List(const std::string& path) override {
    return inner_.List(path);
  }
  Result<bool> Exists(const std::string& path) override { return inner_.Exists(path); }
  Result<bool> IsDirectory(const std::string& path) override { return inner_.IsDirectory(path); }
  Result<Nanos> ModifiedAt(const std::string& path) override { return inner_.ModifiedAt(path); }
  Result<void> SyncDir(const std::string& path) override { return inner_.SyncDir(path); }
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    return inner_.Lock(path);
  }
  Result<uint64_t> FreeBytes(const std::string& path) override { return inner_.FreeBytes(path); }

 private:
  template <class Work>
  Result<void> Name(const std::string& to, Work work) {
    const Place* place = Failpoints::Find(Call::kName, to);
    auto named = Between(failpoints_, place, std::move(work));
    if (named && place != nullptr && place->name == "compaction.put") failpoints_.NoteMerge();
    return named;
  }

  FileSystem& inner_;
  Failpoints& failpoints_;
};

class FailpointCatalog final : public catalog::Catalog {
 public:
  FailpointCatalog(std::unique_ptr<Catalog> inner, Failpoints& failpoints)
      : inner_(std::move(inner)), failpoints_(failpoints) {}

  Result<void> CreateDatabase(const catalog::Database& database) override {
    return inner_->CreateDatabase(database);
  }
  Result<catalog::Database> GetDatabase(const std::string& name) override {
    return inner_->GetDatabase(name);
  }
  Result<std::vector<catalog::Database>> ListDatabases() override {
    return inner_->ListDatabases();
  }
  Result<void> UpdateDatabase(const catalog::Database& database) override {
    return inner_->UpdateDatabase(database);
  }
  Result<void> DeleteDatabase(const std::string& name) override {
    return inner_->DeleteDatabase(name);
  }
  Result<void> CreateTable(const catalog::Table& table) override {
    return Change(Call::kNewTable, table, [&] { return inner_->CreateTable(table); });
  }
  Result<catalog::Table> GetTable(const std::string& database, const std::string& name) override {
    return inner_->GetTable(database, name);
  }
  Result<std::vector<catalog::Table>> ListTables(const std::string& database) override {
    return inner_->ListTables(database);
  }
  Result<void> UpdateTable(const catalog::Table& table) override {
    return Change(failpoints_.WhichSwap(), table, [&] { return inner_->UpdateTable(table); });
  }
  Result<void> DeleteTable(const std::string& database, const std::string& name) override {
    return inner_->DeleteTable(database, name);
  }
  // No failpoint is among partitions and facts: the sink's tables have none in the catalog.
  Result<std::vector<catalog::PartitionError>> CreatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<catalog::Partition>& partitions) override {
    return inner_->CreatePartitions(database, table, partitions);
  }
  Result<std::vector<catalog::PartitionError>> UpdatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<catalog::PartitionUpdate>& updates) override {
    return inner_->UpdatePartitions(database, table, updates);
  }
  Result<std::vector<catalog::PartitionError>> DeletePartitions(
      const std::string& database, const std::string& table,
      const std::vector<catalog::PartitionValues>& values) override {
    return inner_->DeletePartitions(database, table, values);
  }
  Result<catalog::Partition> GetPartition(const std::string& database, const std::string& table,
                                          const catalog::PartitionValues& values) override {
    return inner_->GetPartition(database, table, values);
  }
  Result<catalog::PartitionPage> ListPartitions(const std::string& database,
                                                const std::string& table,
                                                const catalog::PageRequest& page) override {
    return inner_->ListPartitions(database, table, page);
  }
  Result<void> PutFact(const catalog::Fact& fact, catalog::FactWrite write) override {
    return inner_->PutFact(fact, write);
  }
  Result<catalog::Fact> GetFact(const catalog::FactKey& key) override {
    return inner_->GetFact(key);
  }
  Result<std::vector<catalog::Fact>> ListFacts(const catalog::FactQuery& query) override {
    return inner_->ListFacts(query);
  }
  Result<void> DeleteFact(const catalog::FactKey& key) override { return inner_->DeleteFact(key); }

 private:
  template <class Work>
  Result<void> Change(Call call, const catalog::Table& table, Work work) {
    const Place* place = Failpoints::Find(call, table.name);
    TL_TRY(failpoints_.Pass(place, Moment::kBefore));
    TL_TRY(work());
    if (const auto passed = failpoints_.Pass(place, Moment::kAfter); !passed) {
      return Fail(Code::kOutcomeUnknown, "{}", passed.error().message);
    }
    return {};
  }

  const std::unique_ptr<Catalog> inner_;
  Failpoints& failpoints_;
};

}  // namespace

std::unique_ptr<FileSystem> NewFailpointFiles(FileSystem& inner, Failpoints& failpoints) {
  return std::make_unique<FailpointFiles>(inner, failpoints);
}

std::unique_ptr<catalog::Catalog> NewFailpointCatalog(std::unique_ptr<catalog::Catalog> inner,
                                                      Failpoints& failpoints) {
  return std::make_unique<FailpointCatalog>(std::move(inner), failpoints);
}

Result<IoParts> IoParts::FromEnvironment() {
  IoParts io;
  TL_ASSIGN(io.failpoints, Failpoints::FromEnvironment());
  if (io.failpoints) io.guarded = NewFailpointFiles(PosixFileSystem(), *io.failpoints);
  return io;
}

}  // namespace ticklake::cli
