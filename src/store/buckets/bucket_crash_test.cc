// Power cuts, kills, failing calls and a full disk at every call that the buckets make: to their
// files, and to those of the index, whose unsynced sectors are lost as those of other files are.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "base/faulty_sqlite.h"
#include "base/memory_fs.h"
#include "base/sqlite.h"
#include "base/test_report.h"
#include "base/uuid.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::store {
namespace {

constexpr char kBucket[] = "b";

/// What an object may be: nothing, or bytes by the number that is its ETag.
using Version = std::optional<int>;

std::string BytesOf(int number) {
  // Every third is small enough for the index.
  const size_t size = number % 3 == 0 ? 100 + static_cast<size_t>(number) : 20'000;
  return std::string(size, static_cast<char>('a' + number % 26)) + std::to_string(number);
}

enum class End { kPower, kKill, kOnce, kFromThenOn };

/// A disk with buckets, and what is known of every object on it.
class Model {
 public:
  Model()
      : sqlite_([this](int io_error, const std::string& path) { return Strike(io_error, path); }) {
    std::filesystem::create_directories(path_);
  }
  ~Model() {
    store_.reset();
    std::filesystem::remove_all(path_);
  }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  MemoryFileSystem& fs() { return fs_; }
  /// SQLite finds no room, the other files so many bytes.
  void SetRoom(std::optional<uint64_t> bytes) {
    full_ = bytes.has_value();
    fs_.SetQuota(bytes ? fs_.used() + *bytes : ~uint64_t{0});
  }

  bool Open() {
    auto opened = OpenBucketStore(fs_, path_.string(), clock_);
    if (!opened) return false;
    store_ = std::move(*opened);
    const auto made = store_->CreateBucket({.name = kBucket});
    return made || made.error().code == Code::kAlreadyExists;
  }

  /// Changes of every kind; each is acked, refused, or of unknown outcome.
  void Work(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      Put("big", ++number_ / 3 * 3 + 1);
      Put("small", ++number_ / 3 * 3);
      Put("dir/new" + std::to_string(round), ++number_);
      Multipart("parts");
      Settle("dir/new0", std::nullopt, store_->Delete(kBucket, "dir/new0", {}));
      Put("big", ++number_, {.if_match = "no such tag"});
      Put("swings", ++number_);
      Settle("swings", std::nullopt, store_->Delete(kBucket, "swings", {}));
      (void)store_->SetTags(kBucket, "small", {{"k", "v"}});
    }
  }

  void ExpectRefusalsForWantOfRoom() {
    const int acked = acked_;
    Put("small", ++number_ / 3 * 3);
    EXPECT_EQ(last_.code, Code::kUnavailable) << last_.message;
    EXPECT_THAT(last_.message, testing::HasSubstr("free some space"));
    Put("big", ++number_ / 3 * 3 + 1);
    EXPECT_EQ(last_.code, Code::kUnavailable) << last_.message;
    EXPECT_THAT(last_.message, testing::HasSubstr("free some space"));
    EXPECT_EQ(acked_, acked);
    EXPECT_TRUE(store_->Open(kBucket, "big")) << "reads go on";
    EXPECT_TRUE(store_->Open(kBucket, "small"));
    EXPECT_TRUE(store_->List(kBucket, {}));
  }

  void EndWith(End end, uint64_t seed) {
    const bool killed = end == End::kKill;
    store_.reset();
    if (killed) {
      fs_.Kill();
      return;
    }
    fs_.Crash(seed);
    sqlite_.Crash(seed);
  }

  void Check() {
    fs_.FailCall(0);
    ASSERT_TRUE(Open());
    std::set<std::string> present;
    for (const auto& [key, allowed] : allowed_) {
      const auto open = store_->Open(kBucket, key);
      Version found;
      if (open) {
        found = std::stoi(open->object.facts.etag);
        present.insert(key);
        const auto bytes = open->file->ReadExact(0, open->object.size);
        ASSERT_TRUE(bytes) << key << ": " << bytes.error().message;
        EXPECT_TRUE(*bytes == BytesOf(*found)) << key << ": not its bytes";
        EXPECT_EQ(open->object.size, BytesOf(*found).size());
      } else {
        EXPECT_EQ(open.error().code, Code::kNotFound) << key << ": " << open.error().message;
      }
      EXPECT_TRUE(allowed.contains(found)) << key << " is " << found.value_or(-1);
    }
    std::set<std::string> listed;
    const auto page = store_->List(kBucket, {});
    ASSERT_TRUE(page);
    for (const auto& entry : page->entries) listed.insert(entry.object.key);
    EXPECT_EQ(listed, present);
    CheckUploads();
    // It goes on; and files that nothing names are gone.
    for (auto& [key, allowed] : allowed_) Put(key, ++number_);
    for (const auto& [key, allowed] : allowed_) EXPECT_EQ(allowed.size(), 1U) << key;
    EXPECT_EQ(fs_.counts().retried_syncs, 0U);
    CheckFiles();
  }

  int acked() const { return acked_; }

 private:
  int Strike(int io_error, const std::string& path) {
    if (full_ && io_error == SQLITE_IOERR_WRITE) return SQLITE_FULL;
    return fs_.Call(path) ? SQLITE_OK : io_error;
  }

  void Put(const std::string& key, int number, const WriteCondition& condition = {}) {
    const auto put = [&]() -> Result<Object> {
      TL_ASSIGN(auto upload, store_->Begin(kBucket));
      const std::string bytes = BytesOf(number);
      TL_TRY(upload->Append(std::string_view(bytes).substr(0, 50)));
      TL_TRY(upload->Append(std::string_view(bytes).substr(50)));
      return store_->Finish(std::move(upload), key, {.etag = std::to_string(number)}, condition);
    }();
    Settle(key, number, put);
  }

  void Multipart(const std::string& key) {
    const int number = ++number_;
    Version done = number;
    const auto whole = [&]() -> Result<Object> {
      TL_ASSIGN(const MultipartUpload begun, store_->BeginMultipart(kBucket, key, {}));
      uploads_[begun.id] = {};
      const std::string bytes = BytesOf(number);
      const std::string_view halves[] = {std::string_view(bytes).substr(0, 77),
                                         std::string_view(bytes).substr(77)};
      for (int32_t part = 1; part <= 2; ++part) {
        TL_ASSIGN(auto upload, store_->Begin(kBucket));
        TL_TRY(upload->Append(halves[part - 1]));
        TL_TRY(store_->FinishPart(std::move(upload), begun, {.number = part, .etag = "e"}));
        uploads_[begun.id].push_back(halves[part - 1].size());
      }
      auto completed = store_->CompleteMultipart(kBucket, begun.id, {1, 2},
                                                 {.etag = std::to_string(number)}, {});
      if (completed || completed.error().code == Code::kOutcomeUnknown) uploads_.erase(begun.id);
      return completed;
    }();
    Settle(key, done, whole);
  }

  template <class Outcome>
  void Settle(const std::string& key, Version now, const Outcome& outcome) {
    std::set<Version>& allowed =
        allowed_.try_emplace(key, std::set<Version>{std::nullopt}).first->second;
    if (outcome) {
      allowed = {now};
      ++acked_;
      return;
    }
    last_ = outcome.error();
    if (last_.code == Code::kOutcomeUnknown) allowed.insert(now);
  }

  void CheckUploads() {
    for (const auto& [id, sizes] : uploads_) {
      const auto parts = store_->ListParts(kBucket, id);
      ASSERT_TRUE(parts) << "an upload that was begun is gone";
      EXPECT_GE(parts->size(), sizes.size());
      for (size_t i = 0; i < sizes.size() && i < parts->size(); ++i) {
        EXPECT_EQ((*parts)[i].size, sizes[i]);
      }
    }
  }

  // Those that the index names, retired ones too, and no others.
  void CheckFiles() {
    std::set<std::string> named;
    const SqliteConnection db = ConnectSqlite((path_ / "index.db").string()).value();
    SqliteStatement select(db.get(), "SELECT path FROM files");
    while (select.Step().value()) named.insert((path_ / "objects" / select.Text(0)).string());
    EXPECT_EQ(Files(), named);
  }

  std::set<std::string> Files() {
    std::set<std::string> files;
    const std::string root = (path_ / "objects" / kBucket).string();
    const auto folders = fs_.List(root).value_or(std::vector<std::string>{});
    for (const std::string& folder : folders) {
      const auto names = fs_.List(root + "/" + folder).value();
      for (const std::string& name : names)
        files.insert(fmt::format("{}/{}/{}", root, folder, name));
    }
    return files;
  }

  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("tl-" + Uuid::Random().ToString());
  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  MemoryFileSystem fs_;
  FaultySqlite sqlite_;
  bool full_ = false;
  std::unique_ptr<BucketStore> store_;
  std::map<std::string, std::set<Version>> allowed_;
  std::map<std::string, std::vector<size_t>> uploads_;  // begun, with the parts that were acked
  int number_ = 0;
  int acked_ = 0;
  Error last_;  // refused
};

// False: the nth call was never made.
bool HurtAt(uint64_t nth, uint64_t seed, End end) {
  Model model;
  EXPECT_TRUE(model.Open());
  model.Work(1);
  EXPECT_EQ(model.acked(), 7);
  const uint64_t before = model.fs().counts().calls;
  if (end == End::kPower || end == End::kKill) model.fs().CutPowerAt(nth);
  if (end == End::kOnce) model.fs().FailCall(nth);
  if (end == End::kFromThenOn) model.fs().FailCall(nth, MemoryFileSystem::Lasting::kFromThenOn);
  model.Work(1);
  const bool reached = model.fs().powerless() || model.fs().counts().calls >= before + nth;
  model.EndWith(end, seed);
  model.Check();
  return reached;
}

TEST(BucketCrash, ObjectsAreWholeAndWhatWasAckedIsThere) {
  uint64_t runs = 0;
  uint64_t most = 0;
  for (const End end : {End::kPower, End::kKill, End::kOnce, End::kFromThenOn}) {
    bool more = true;
    for (uint64_t nth = 1; more; nth += LongRun() ? 1 : 5) {
      for (uint64_t seed = 0; more && seed < (end == End::kPower ? (LongRun() ? 10U : 3U) : 1U);
           ++seed) {
        SCOPED_TRACE(fmt::format("end {}, call {}, seed {}", static_cast<int>(end), nth, seed));
        more = HurtAt(nth, nth * 100 + seed, end);
        most = std::max(most, nth);
        ++runs;
        if (testing::Test::HasFailure()) return;
      }
    }
  }
  EXPECT_GT(most, 100U);
  Report("bucket-crashes",
         fmt::format("{} runs of the buckets with the power gone, the process killed, or a call "
                     "failing once or from then on, at up to call {}",
                     runs, most));
}

TEST(BucketCrash, AFullDiskRefusesWritesAndHarmsNothing) {
  for (const uint64_t room : {0U, 300U, 10'000U, 30'000U, 70'000U}) {
    SCOPED_TRACE(room);
    Model model;
    ASSERT_TRUE(model.Open());
    model.Work(1);
    model.SetRoom(room);
    model.Work(1);
    model.SetRoom(0);
    model.ExpectRefusalsForWantOfRoom();
    model.SetRoom({});
    const int before = model.acked();
    model.Work(1);
    EXPECT_EQ(model.acked(), before + 7);
    model.EndWith(End::kPower, room);
    model.Check();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace ticklake::store
