#include "cli/failpoints.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "base/clock.h"
#include "base/memory_fs.h"
#include "catalog/memory_catalog.h"
#include "cli/failpoint_io.h"

namespace ticklake::cli {
namespace {

constexpr char kSegment[] = "/d/broker/topics/024d926a/0/00000000000000000000.log";

std::unique_ptr<Failpoints> Armed(std::string_view text) {
  auto made = Failpoints::Parse(text);
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

std::string NameAt(Failpoints::Call call, std::string_view path) {
  const auto* place = Failpoints::Find(call, path);
  return place == nullptr ? "" : std::string(place->name);
}

TEST(Failpoints, FindsPlacesByCallAndPath) {
  using enum Failpoints::Call;
  EXPECT_EQ(NameAt(kAppend, kSegment), "log.append");
  EXPECT_EQ(NameAt(kSync, kSegment), "log.flush");
  EXPECT_EQ(NameAt(kCreate, kSegment), "log.create");
  EXPECT_EQ(NameAt(kCreate, "/d/broker/topics/0-1/0/00000000000000000017.log"), "log.roll");
  EXPECT_EQ(NameAt(kName, "/d/broker/topics/0-1/0/checkpoint"), "log.checkpoint");
  EXPECT_EQ(NameAt(kName, "/d/lake/market/t/data/ts_event_day=2024-11-22/00000-0-5.parquet"),
            "parquet.put");
  EXPECT_EQ(NameAt(kName, "/d/lake/market/t/data/merged-5.parquet"), "compaction.put");
  EXPECT_EQ(NameAt(kName, "/d/lake/market/t__dlq/data/00000-0-5.parquet"), "dlq.put");
  EXPECT_EQ(NameAt(kName, "/d/lake/market/t/metadata/0a1b-m0.avro"), "manifest.put");
  EXPECT_EQ(NameAt(kName, "/d/lake/market/t/metadata/snap-1-1-0a.avro"), "snapshot.put");
  EXPECT_EQ(NameAt(kSwap, "t"), "catalog.swap");
  EXPECT_EQ(NameAt(kSwap, "t__dlq"), "dlq.commit");
  EXPECT_EQ(NameAt(kMergeSwap, "t"), "compaction.swap");
  EXPECT_EQ(NameAt(kAppend, "/d/lake/market/t/data/.tmp-1"), "");
  EXPECT_EQ(NameAt(kAppend, "log"), "");
}

TEST(Failpoints, RefusesWhatItDoesNotKnowWithAllNames) {
  for (const char* text : {"log.apend.before", "log.append", "*", "log.append.before@0",
                           "log.append.before@x", "log.append.before=die", "log.append.before=",
                           "log.append.before=sleep:", "log.append.before=sleep:-1"}) {
    const auto made = Failpoints::Parse(text);
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().code, Code::kInvalid);
    EXPECT_NE(made.error().message.find("log.append.half"), std::string::npos);
    EXPECT_NE(made.error().message.find(text), std::string::npos);
  }
}

TEST(Failpoints, KillsAtTheNthPass) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  MemoryFileSystem disk;
  ASSERT_TRUE(disk.MakeDirs(ParentPath(kSegment)));
  const auto failpoints = Armed("log.append.half@2");
  const auto files = NewFailpointFiles(disk, *failpoints);
  const auto file = files->Open(kSegment, OpenMode::kCreateNew);
  ASSERT_TRUE((*file)->Append("ab"));
  EXPECT_EXIT((void)(*file)->Append("cd"), testing::KilledBySignal(SIGKILL), "");
}

TEST(Failpoints, FailsOnce) {
  MemoryFileSystem disk;
  ASSERT_TRUE(disk.MakeDirs(ParentPath(kSegment)));
  const auto failpoints = Armed("log.append.half=error");
  const auto files = NewFailpointFiles(disk, *failpoints);
  const auto file = files->Open(kSegment, OpenMode::kCreateNew);
  EXPECT_FALSE((*file)->Append("abcd"));
  EXPECT_EQ(disk.ReadFile(kSegment).value_or("?"), "ab");
  EXPECT_TRUE((*file)->Append("ef"));
  EXPECT_EQ(disk.ReadFile(kSegment).value_or("?"), "abef");
}

TEST(Failpoints, LosesTheAnswerOfASwap) {
  const auto failpoints = Armed("catalog.swap.after=error");
  const auto catalog =
      NewFailpointCatalog(std::make_unique<catalog::MemoryCatalog>(SystemClock()), *failpoints);
  ASSERT_TRUE(catalog->CreateDatabase({.name = "d"}));
  ASSERT_TRUE(catalog->CreateTable({.database = "d", .name = "t"}));
  const auto table = catalog->GetTable("d", "t");
  const auto swapped = catalog->UpdateTable(*table);
  ASSERT_FALSE(swapped);
  EXPECT_EQ(swapped.error().code, Code::kOutcomeUnknown);
  EXPECT_EQ(catalog->GetTable("d", "t")->version, table->version + 1);
}

TEST(Failpoints, TellsAMergesSwapByItsThread) {
  const auto failpoints = Armed("compaction.swap.before=error");
  failpoints->NoteMerge();
  std::thread([&] { EXPECT_EQ(failpoints->WhichSwap(), Failpoints::Call::kSwap); }).join();
  EXPECT_EQ(failpoints->WhichSwap(), Failpoints::Call::kMergeSwap);
  EXPECT_EQ(failpoints->WhichSwap(), Failpoints::Call::kSwap);
}

}  // namespace
}  // namespace ticklake::cli
