// Every call that SQLite makes to its files fails, once or with all that follow. A change that the
// catalog reports as refused must not have happened: the caller then deletes what it would point
// to.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "base/faulty_sqlite.h"
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

  int Strike(int io_error) {
    ++calls;
    const bool struck = fail_at > 0 && (calls == fail_at || (from_then_on && calls > fail_at));
    if (!struck) return SQLITE_OK;
    return io_error == SQLITE_IOERR_WRITE && full != 0 ? SQLITE_FULL : io_error;
  }
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
  Faults faults;
  const FaultySqlite files(
      [&](int io_error, const std::string&) { return faults.Strike(io_error); });
  uint64_t runs = 0;
  uint64_t most = 0;
  for (const bool from_then_on : {false, true}) {
    for (const int full : {0, 1}) {
      for (uint64_t nth = 1;; nth += LongRun() ? 1 : 29) {
        SCOPED_TRACE(fmt::format("call {} fails{}{}", nth, from_then_on ? " with all others" : "",
                                 full == 1 ? ", for want of room" : ""));
        const Scratch scratch;
        Swaps swaps(scratch.path / "catalog.db");
        faults = {.fail_at = nth, .from_then_on = from_then_on, .full = full};
        swaps.Run();
        const uint64_t calls = faults.calls;
        faults = {};
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
