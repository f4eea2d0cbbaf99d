// Every call that SQLite makes to its files fails, once or with all that follow. A change that the
// catalog reports as refused must not have happened: the caller then deletes what it would point
// to.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "base/test_report.h"
#include "base/uuid.h"
#include "catalog/catalog.h"

namespace ticklake::catalog {
namespace {

/// Which call fails.
struct Faults {
  uint64_t calls = 0;
  uint64_t fail_at = 0;  // 0: none
  bool from_then_on = false;
  int full = 0;  // 1: writes find no room

  bool Strikes() {
    ++calls;
    return fail_at > 0 && (calls == fail_at || (from_then_on && calls > fail_at));
  }
  int Struck(int code) { return Strikes() ? code : SQLITE_OK; }
};

struct FaultFile {
  sqlite3_file base;
  Faults* faults;
  sqlite3_file* real;  // behind this struct
};

FaultFile* At(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file); }

/// Calls through to the real file unless the fault strikes first.
template <class Call>
int Through(sqlite3_file* file, int code, Call call) {
  if (const int struck = At(file)->faults->Struck(code); struck != SQLITE_OK) return struck;
  return call(At(file)->real);
}

const sqlite3_io_methods& Methods() {
  static const sqlite3_io_methods kMethods = {
      .iVersion = 2,
      .xClose = [](sqlite3_file* f) { return At(f)->real->pMethods->xClose(At(f)->real); },
      .xRead =
          [](sqlite3_file* f, void* data, int size, sqlite3_int64 at) {
            return Through(f, SQLITE_IOERR_READ,
                           [&](auto* r) { return r->pMethods->xRead(r, data, size, at); });
          },
      .xWrite =
          [](sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
            const int code = At(f)->faults->full != 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
            return Through(f, code,
                           [&](auto* r) { return r->pMethods->xWrite(r, data, size, at); });
          },
      .xTruncate =
          [](sqlite3_file* f, sqlite3_int64 size) {
            return Through(f, SQLITE_IOERR_TRUNCATE,
                           [&](auto* r) { return r->pMethods->xTruncate(r, size); });
          },
      .xSync =
          [](sqlite3_file* f, int flags) {
            return Through(f, SQLITE_IOERR_FSYNC,
                           [&](auto* r) { return r->pMethods->xSync(r, flags); });
          },
      .xFileSize =
          [](sqlite3_file* f, sqlite3_int64* size) {
            return Through(f, SQLITE_IOERR_FSTAT,
                           [&](auto* r) { return r->pMethods->xFileSize(r, size); });
          },
      .xLock =
          [](sqlite3_file* f, int lock) {
            return Through(f, SQLITE_IOERR_LOCK,
                           [&](auto* r) { return r->pMethods->xLock(r, lock); });
          },
      .xUnlock = [](sqlite3_file* f,
                    int l) { return At(f)->real->pMethods->xUnlock(At(f)->real, l); },
      .xCheckReservedLock =
          [](sqlite3_file* f, int* out) {
            return At(f)->real->pMethods->xCheckReservedLock(At(f)->real, out);
          },
      .xFileControl =
          [](sqlite3_file* f, int op, void* arg) {
            return At(f)->real->pMethods->xFileControl(At(f)->real, op, arg);
          },
      .xSectorSize =
          [](sqlite3_file* f) { return At(f)->real->pMethods->xSectorSize(At(f)->real); },
      .xDeviceCharacteristics =
          [](sqlite3_file* f) {
            return At(f)->real->pMethods->xDeviceCharacteristics(At(f)->real);
          },
      .xShmMap =
          [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
            return Through(f, SQLITE_IOERR_SHMMAP, [&](auto* r) {
              return r->pMethods->xShmMap(r, page, size, extend, out);
            });
          },
      .xShmLock =
          [](sqlite3_file* f, int offset, int n, int flags) {
            return At(f)->real->pMethods->xShmLock(At(f)->real, offset, n, flags);
          },
      .xShmBarrier = [](sqlite3_file* f) { At(f)->real->pMethods->xShmBarrier(At(f)->real); },
      .xShmUnmap = [](sqlite3_file* f,
                      int flag) { return At(f)->real->pMethods->xShmUnmap(At(f)->real, flag); },
      .xFetch = nullptr,
      .xUnfetch = nullptr,
  };
  return kMethods;
}

/// SQLite's default way to files, with faults, while it lives.
class FaultyFiles {
 public:
  FaultyFiles() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
    vfs_.zName = "faulty";
    vfs_.szOsFile = real_->szOsFile + static_cast<int>(sizeof(FaultFile));
    vfs_.pAppData = this;
    vfs_.pNext = nullptr;
    vfs_.xOpen = [](sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
      auto* self = static_cast<FaultyFiles*>(vfs->pAppData);
      FaultFile* made = At(file);
      made->base.pMethods = nullptr;
      if (self->faults.Strikes()) return SQLITE_CANTOPEN;
      made->faults = &self->faults;
      made->real = reinterpret_cast<sqlite3_file*>(made + 1);
      const int opened = self->real_->xOpen(self->real_, name, made->real, flags, out);
      if (opened == SQLITE_OK) made->base.pMethods = &Methods();
      return opened;
    };
    vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync) {
      auto* self = static_cast<FaultyFiles*>(vfs->pAppData);
      if (self->faults.Strikes()) return SQLITE_IOERR_DELETE;
      return self->real_->xDelete(self->real_, name, sync);
    };
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FaultyFiles() { sqlite3_vfs_unregister(&vfs_); }
  FaultyFiles(const FaultyFiles&) = delete;
  FaultyFiles& operator=(const FaultyFiles&) = delete;

  Faults faults;

 private:
  sqlite3_vfs* const real_;
  sqlite3_vfs vfs_;
};

struct Scratch {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tl-" + Uuid::Random().ToString());
  Scratch() { std::filesystem::create_directories(path); }
  ~Scratch() { std::filesystem::remove_all(path); }
};

/// Some swaps, and what the file must say afterwards.
class Swaps {
 public:
  explicit Swaps(std::string path) : path_(std::move(path)) {}

  /// Until the catalog can no more.
  void Run() {
    for (int round = 0; round < 3; ++round) {
      auto catalog = OpenSqliteCatalog(path_, SystemClock());
      if (!catalog) continue;
      (void)(*catalog)->CreateDatabase({.name = "market"});
      Settle((*catalog)->CreateTable({.database = "market", .name = "t"}), 0);
      for (int swap = 0; swap < 3; ++swap) {
        const auto table = (*catalog)->GetTable("market", "t");
        if (!table) continue;
        ExpectKnown(table->version);
        Settle((*catalog)->UpdateTable(*table), table->version);
      }
    }
  }

  void Check() {
    auto catalog = OpenSqliteCatalog(path_, SystemClock());
    ASSERT_TRUE(catalog) << catalog.error().message;
    (void)(*catalog)->CreateDatabase({.name = "market"});
    auto table = (*catalog)->GetTable("market", "t");
    if (!table) {
      EXPECT_EQ(version_, 0) << table.error().message;
      ASSERT_TRUE((*catalog)->CreateTable({.database = "market", .name = "t"}));
      table = (*catalog)->GetTable("market", "t");
    } else {
      ExpectKnown(table->version);
    }
    EXPECT_TRUE((*catalog)->UpdateTable(*table)) << "it goes on";
  }

 private:
  /// A change from `before` was answered.
  void Settle(const Result<void>& outcome, int64_t before) {
    if (outcome) {
      version_ = newest_ = before + 1;
    } else if (outcome.error().code == Code::kOutcomeUnknown) {
      newest_ = std::max(newest_, before + 1);
    }
  }
  void ExpectKnown(int64_t version) {
    EXPECT_GE(version, version_) << "a reported swap is gone";
    EXPECT_LE(version, newest_) << "a refused swap happened";
    version_ = newest_ = version;
  }

  const std::string path_;
  int64_t version_ = 0;  // reported
  int64_t newest_ = 0;   // or may have happened
};

TEST(SqliteFaults, EveryCallFailsOnceOrFromThenOn) {
  FaultyFiles files;
  uint64_t runs = 0;
  uint64_t most = 0;
  for (const bool from_then_on : {false, true}) {
    for (const int full : {0, 1}) {
      for (uint64_t nth = 1;; nth += LongRun() ? 1 : 29) {
        SCOPED_TRACE(fmt::format("call {} fails{}{}", nth, from_then_on ? " with all others" : "",
                                 full == 1 ? ", for want of room" : ""));
        const Scratch scratch;
        Swaps swaps(scratch.path / "catalog.db");
        files.faults = {.fail_at = nth, .from_then_on = from_then_on, .full = full};
        swaps.Run();
        const uint64_t calls = files.faults.calls;
        files.faults = {};
        swaps.Check();
        if (HasFailure()) return;
        if (calls < nth) break;
        most = std::max(most, nth);
        ++runs;
      }
    }
  }
  EXPECT_GT(most, 80U);
  Report("catalog-io-faults",
         fmt::format("{} runs of the SQLite catalog, in each one call to its files failed, once or "
                     "with all that follow, of up to {}",
                     runs, most));
}

}  // namespace
}  // namespace ticklake::catalog
