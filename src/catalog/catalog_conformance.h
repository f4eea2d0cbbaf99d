// The conformance suite of Catalog: every implementation must pass it.
//
// Use: instantiate with a factory, as catalog/sqlite_catalog_test.cc does.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "catalog/catalog.h"

namespace ticklake::catalog {

/// An empty catalog, with whatever it needs to live behind it.
struct CatalogUnderTest {
  std::shared_ptr<void> holder;  ///< destroyed after the catalog
  std::unique_ptr<Catalog> catalog;
  /// What it does not do, so that the tests of it are left out: "facts", "extra" (any members),
  /// "versions" (it swaps whatever the expected version is), "pages" (it has one of all).
  std::set<std::string> lacks = {};
};

using CatalogFactory = std::function<CatalogUnderTest()>;

class CatalogConformance : public ::testing::TestWithParam<CatalogFactory> {
 protected:
  void SetUp() override {
    under_test_ = GetParam()();
    ASSERT_TRUE(catalog().CreateDatabase({.name = "market", .description = "ticks"}).has_value());
  }
  Catalog& catalog() { return *under_test_.catalog; }
  bool Lacks(const std::string& what) const { return under_test_.lacks.contains(what); }

  static Table Trades() {
    Table table;
    table.database = "market";
    table.name = "trades";
    table.storage.location = "file:///lake/market/trades";
    table.storage.columns = {{"price", "double", "", {}},
                             {"_kafka", "struct<epoch:int>", "größe \"q\"", {{"id", "2"}}}};
    table.parameters = {{"table_type", "ICEBERG"}, {kMetadataLocation, "file:///m0"}};
    return table;
  }

  /// A Hive table with two partition keys, every member set.
  static Table Bars() {
    Table table;
    table.database = "market";
    table.name = "bars";
    table.description = "one row a minute";
    table.owner = "me";
    table.table_type = "EXTERNAL_TABLE";
    table.retention = 7;
    table.storage = {.columns = {{"open", "double", "first", {{"k", "v"}}}},
                     .location = "file:///bars",
                     .input_format = "in",
                     .output_format = "out",
                     .compressed = true,
                     .buckets = -1,
                     .serde = {"n", "org.example.SerDe", {{"field.delim", "\x01"}}},
                     .bucket_columns = {"open"},
                     .sort_columns = {{"open", false}},
                     .parameters = {{"a", "b"}},
                     .stored_as_sub_directories = true};
    table.partition_keys = {{"year", "string", "", {}}, {"month", "string", "", {}}};
    table.view_original_text = "SELECT";
    table.view_expanded_text = "SELECT *";
    table.parameters = {{"classification", "csv"}};
    return table;
  }

  static Partition Month(const std::string& year, const std::string& month) {
    Partition partition{.values = {year, month}, .parameters = {{"recordCount", "3"}}};
    partition.storage.location = "file:///bars/" + year + "/" + month;
    return partition;
  }

 private:
  CatalogUnderTest under_test_;
};

TEST_P(CatalogConformance, KeepsDatabases) {
  Database other{.name = "a b", .location_uri = "file:///x", .parameters = {{"k", "v'\n"}}};
  ASSERT_TRUE(catalog().CreateDatabase(other).has_value());
  EXPECT_EQ(catalog().CreateDatabase(other).error().code, Code::kAlreadyExists);
  const Database read = catalog().GetDatabase("a b").value();
  EXPECT_EQ(read.location_uri, other.location_uri);
  EXPECT_EQ(read.parameters, other.parameters);
  const auto all = catalog().ListDatabases().value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "a b");
  EXPECT_EQ(all[1].description, "ticks");
  EXPECT_TRUE(catalog().DeleteDatabase("a b").has_value());
  EXPECT_EQ(catalog().DeleteDatabase("a b").error().code, Code::kNotFound);
  EXPECT_EQ(catalog().GetDatabase("a b").error().code, Code::kNotFound);
}

TEST_P(CatalogConformance, KeepsTables) {
  ASSERT_TRUE(catalog().CreateTable(Trades()).has_value());
  EXPECT_EQ(catalog().CreateTable(Trades()).error().code, Code::kAlreadyExists);
  const Table read = catalog().GetTable("market", "trades").value();
  EXPECT_GE(read.version, 1);
  EXPECT_EQ(read.storage, Trades().storage);
  EXPECT_EQ(read.parameters, Trades().parameters);
  EXPECT_EQ(catalog().ListTables("market").value().size(), 1U);
  EXPECT_EQ(catalog().DeleteDatabase("market").error().code, Code::kConflict);
  EXPECT_TRUE(catalog().DeleteTable("market", "trades").has_value());
  EXPECT_EQ(catalog().GetTable("market", "trades").error().code, Code::kNotFound);
  EXPECT_EQ(catalog().DeleteTable("market", "trades").error().code, Code::kNotFound);
}

TEST_P(CatalogConformance, KeepsEveryMemberOfATable) {
  ASSERT_TRUE(catalog().CreateTable(Bars()).has_value());
  Table read = catalog().GetTable("market", "bars").value();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(read.storage, Bars().storage);
    EXPECT_EQ(read.partition_keys, Bars().partition_keys);
    EXPECT_EQ(read.description, "one row a minute");
    EXPECT_EQ(read.owner, "me");
    EXPECT_EQ(read.retention, 7);
    EXPECT_EQ(read.view_original_text, "SELECT");
    EXPECT_EQ(read.view_expanded_text, "SELECT *");
    ASSERT_TRUE(catalog().UpdateTable(read).has_value());  // as clients echo what they read
    read = catalog().GetTable("market", "bars").value();
  }
}

TEST_P(CatalogConformance, KeepsPartitions) {
  ASSERT_TRUE(catalog().CreateTable(Bars()).has_value());
  const int64_t before = catalog().GetTable("market", "bars").value().version;
  Partition odd = Month("a\"b", "größe");
  odd.storage.columns = {{"open", "bigint", "", {}}};
  ASSERT_TRUE(catalog().CreatePartitions("market", "bars", {Month("2024", "01"), odd})->empty());
  const Partition read = catalog().GetPartition("market", "bars", odd.values).value();
  EXPECT_EQ(read.values, odd.values);
  EXPECT_EQ(read.storage, odd.storage);
  EXPECT_EQ(read.parameters, odd.parameters);
  EXPECT_GT(read.create_time, 0);
  EXPECT_EQ(catalog().GetPartition("market", "bars", {"2024"}).error().code, Code::kNotFound);
  EXPECT_EQ(catalog().GetPartition("market", "none", {"2024"}).error().code, Code::kNotFound);
  EXPECT_EQ(catalog().CreatePartitions("market", "none", {}).error().code, Code::kNotFound);
  EXPECT_EQ(catalog().GetTable("market", "bars").value().version, before);
}

TEST_P(CatalogConformance, ABatchDoesWhatItCan) {
  ASSERT_TRUE(catalog().CreateTable(Bars()).has_value());
  ASSERT_TRUE(catalog().CreatePartitions("market", "bars", {Month("2024", "01")})->empty());
  const Partition short_one{.values = {"2024"}};
  const auto created = catalog().CreatePartitions(
      "market", "bars", {Month("2024", "01"), Month("2024", "02"), short_one, Month("2024", "02")});
  ASSERT_EQ(created->size(), 3U);
  EXPECT_EQ(created->at(0).values, Month("2024", "01").values);
  EXPECT_EQ(created->at(0).error.code, Code::kAlreadyExists);
  EXPECT_EQ(created->at(1).error.code, Code::kInvalid);
  EXPECT_EQ(created->at(2).error.code, Code::kAlreadyExists);

  Partition moved = Month("2024", "02");
  moved.storage.location = "file:///elsewhere";
  const auto updated = catalog().UpdatePartitions("market", "bars",
                                                  {{moved.values, moved},
                                                   {{"1999", "01"}, Month("1999", "01")},
                                                   {{"2024", "01"}, Month("2024", "02")},
                                                   {{"2024", "01"}, Month("2025", "01")}});
  ASSERT_EQ(updated->size(), 2U);
  EXPECT_EQ(updated->at(0).error.code, Code::kNotFound);
  EXPECT_EQ(updated->at(1).error.code, Code::kAlreadyExists);
  EXPECT_EQ(catalog().GetPartition("market", "bars", moved.values)->storage.location,
            "file:///elsewhere");
  EXPECT_FALSE(catalog().GetPartition("market", "bars", {"2024", "01"}).has_value());
  EXPECT_TRUE(catalog().GetPartition("market", "bars", {"2025", "01"}).has_value());

  const auto deleted =
      catalog().DeletePartitions("market", "bars", {{"2024", "02"}, {"2024", "03"}});
  ASSERT_EQ(deleted->size(), 1U);
  EXPECT_EQ(deleted->at(0).error.code, Code::kNotFound);
  EXPECT_EQ(AllPartitions(catalog(), "market", "bars")->size(), 1U);
}

TEST_P(CatalogConformance, PartitionsGoWithTheirTable) {
  ASSERT_TRUE(catalog().CreateTable(Bars()).has_value());
  ASSERT_TRUE(catalog().CreatePartitions("market", "bars", {Month("2024", "01")})->empty());
  ASSERT_TRUE(catalog().DeleteTable("market", "bars").has_value());
  EXPECT_EQ(catalog().ListPartitions("market", "bars", {}).error().code, Code::kNotFound);
  ASSERT_TRUE(catalog().CreateTable(Bars()).has_value());
  EXPECT_TRUE(catalog().ListPartitions("market", "bars", {})->partitions.empty());
}

TEST_P(CatalogConformance, PagesCoverAllPartitionsOnce) {
  if (Lacks("pages")) GTEST_SKIP() << "this catalog lacks pages";
  ASSERT_TRUE(catalog().CreateTable(Bars()).has_value());
  std::vector<Partition> months;
  months.reserve(25);
  for (int i = 0; i < 25; ++i) months.push_back(Month(fmt::format("{}", 2000 + i), "01"));
  ASSERT_TRUE(catalog().CreatePartitions("market", "bars", months)->empty());
  for (const size_t limit : {1U, 5U, 24U, 25U, 26U}) {
    std::vector<PartitionValues> seen;
    PageRequest request{.limit = limit};
    do {
      const auto page = catalog().ListPartitions("market", "bars", request).value();
      ASSERT_LE(page.partitions.size(), limit);
      for (const Partition& partition : page.partitions) seen.push_back(partition.values);
      request.after = page.next;
    } while (!request.after.empty());
    ASSERT_EQ(seen.size(), months.size()) << limit;
    for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], months[i].values);
  }
}

TEST_P(CatalogConformance, SaysWhichDatabaseIsMissing) {
  Table table = Trades();
  table.database = "nowhere";
  EXPECT_EQ(catalog().CreateTable(table).error().code, Code::kNotFound);
  EXPECT_EQ(catalog().ListTables("nowhere").error().code, Code::kNotFound);
  EXPECT_EQ(catalog().UpdateTable(table).error().code, Code::kNotFound);
}

// What a filter leaves, page by page, also after the partitions changed or the table is another.
TEST_P(CatalogConformance, FiltersPartitions) {
  if (Lacks("pages")) GTEST_SKIP() << "this catalog lacks pages";
  const auto of_february = [&](size_t limit) {
    std::vector<std::string> years;
    PageRequest page{"", limit, [](const PartitionValues& values) { return values[1] == "02"; }};
    do {
      auto answer = catalog().ListPartitions("market", "bars", page).value();
      EXPECT_LE(answer.partitions.size(), limit);
      for (const auto& partition : answer.partitions) years.push_back(partition.values[0]);
      page.after = answer.next;
    } while (!page.after.empty());
    return years;
  };
  ASSERT_TRUE(catalog().CreateTable(Bars()).has_value());
  EXPECT_TRUE(of_february(5).empty());
  for (const char* year : {"2021", "2022", "2023"}) {
    const auto made =
        catalog().CreatePartitions("market", "bars", {Month(year, "01"), Month(year, "02")});
    ASSERT_TRUE(made->empty());
  }
  for (const size_t limit : {1, 2, 3, 4}) {
    EXPECT_EQ(of_february(limit), (std::vector<std::string>{"2021", "2022", "2023"}));
  }
  ASSERT_TRUE(catalog().DeletePartitions("market", "bars", {{"2022", "02"}})->empty());
  EXPECT_EQ(of_february(9), (std::vector<std::string>{"2021", "2023"}));
  ASSERT_TRUE(catalog()
                  .UpdatePartitions("market", "bars", {{{"2021", "02"}, Month("2019", "02")}})
                  ->empty());
  EXPECT_EQ(of_february(9), (std::vector<std::string>{"2019", "2023"}));
  ASSERT_TRUE(catalog().DeleteTable("market", "bars").has_value());
  ASSERT_TRUE(catalog().CreateTable(Bars()).has_value());
  EXPECT_TRUE(of_february(9).empty());
}

TEST_P(CatalogConformance, KeepsWhatIsExtra) {
  if (Lacks("extra")) GTEST_SKIP() << "this catalog lacks extra";
  const std::string extra = R"({"SkewedInfo":{"a":[1,"x"]},"b":{}})";
  Database other{.name = "other", .extra = extra};
  ASSERT_TRUE(catalog().CreateDatabase(other).has_value());
  EXPECT_EQ(catalog().GetDatabase("other")->extra, extra);
  other.extra.clear();
  other.description = "new";
  ASSERT_TRUE(catalog().UpdateDatabase(other).has_value());
  EXPECT_EQ(catalog().GetDatabase("other")->description, "new");
  EXPECT_EQ(catalog().GetDatabase("other")->extra, "");
  EXPECT_GT(catalog().GetDatabase("other")->create_time, 0);
  EXPECT_EQ(catalog().UpdateDatabase({.name = "none"}).error().code, Code::kNotFound);
  Table table = Bars();
  table.extra = table.storage.extra = extra;
  ASSERT_TRUE(catalog().CreateTable(table).has_value());
  EXPECT_EQ(catalog().GetTable("market", "bars")->extra, extra);
  EXPECT_EQ(catalog().GetTable("market", "bars")->storage, table.storage);
  Partition partition = Month("2024", "01");
  partition.extra = extra;
  ASSERT_TRUE(catalog().CreatePartitions("market", "bars", {partition})->empty());
  EXPECT_EQ(catalog().GetPartition("market", "bars", partition.values)->extra, extra);
}

TEST_P(CatalogConformance, KeepsFacts) {
  if (Lacks("facts")) GTEST_SKIP() << "this catalog lacks facts";
  const FactKey own{"tags", "", "", "x"};
  EXPECT_EQ(catalog().GetFact(own).error().code, Code::kNotFound);
  EXPECT_EQ(catalog().PutFact({own, "1"}, FactWrite::kExisting).error().code, Code::kNotFound);
  ASSERT_TRUE(catalog().PutFact({own, "1"}, FactWrite::kNew).has_value());
  EXPECT_EQ(catalog().PutFact({own, "2"}, FactWrite::kNew).error().code, Code::kAlreadyExists);
  const Fact first = catalog().GetFact(own).value();
  EXPECT_EQ(first.json, "1");
  EXPECT_GT(first.create_time, 0);
  ASSERT_TRUE(catalog().PutFact({own, "3"}, FactWrite::kExisting).has_value());
  ASSERT_TRUE(catalog().PutFact({own, "4"}, FactWrite::kEither).has_value());
  EXPECT_EQ(catalog().GetFact(own)->json, "4");
  EXPECT_EQ(catalog().GetFact(own)->create_time, first.create_time);
  ASSERT_TRUE(catalog().DeleteFact(own).has_value());
  EXPECT_EQ(catalog().DeleteFact(own).error().code, Code::kNotFound);
}

TEST_P(CatalogConformance, ListsFacts) {
  if (Lacks("facts")) GTEST_SKIP() << "this catalog lacks facts";
  for (const char* name : {"a", "ab", "b", "ba", "bb"}) {
    const FactKey key{"k", "market", "", name};
    ASSERT_TRUE(catalog().PutFact({key, name}, FactWrite::kNew).has_value());
    ASSERT_TRUE(catalog().PutFact({{"other", "", "", name}, ""}, FactWrite::kNew).has_value());
  }
  const auto names = [&](const std::string& prefix, const std::string& after, size_t limit) {
    std::string all;
    for (const Fact& fact :
         catalog().ListFacts({{"k", "market", "", prefix}, after, limit}).value()) {
      EXPECT_EQ(fact.json, fact.key.name);
      all += fact.key.name + " ";
    }
    return all;
  };
  EXPECT_EQ(names("", "", 100), "a ab b ba bb ");
  EXPECT_EQ(names("b", "", 100), "b ba bb ");
  EXPECT_EQ(names("b", "b", 1), "ba ");
  EXPECT_EQ(names("", "b", 100), "ba bb ");
  EXPECT_EQ(names("c", "", 100), "");
}

TEST_P(CatalogConformance, FactsGoWithTheirOwner) {
  if (Lacks("facts")) GTEST_SKIP() << "this catalog lacks facts";
  const FactKey of_table{"k", "market", "bars", "n"};
  EXPECT_EQ(catalog().PutFact({of_table, ""}, FactWrite::kNew).error().code, Code::kNotFound);
  ASSERT_TRUE(catalog().CreateTable(Bars()).has_value());
  ASSERT_TRUE(catalog().PutFact({of_table, ""}, FactWrite::kNew).has_value());
  const FactKey of_database{"k", "market", "", "n"};
  ASSERT_TRUE(catalog().PutFact({of_database, ""}, FactWrite::kNew).has_value());
  ASSERT_TRUE(catalog().DeleteTable("market", "bars").has_value());
  EXPECT_FALSE(catalog().GetFact(of_table).has_value());
  EXPECT_TRUE(catalog().GetFact(of_database).has_value());
  ASSERT_TRUE(catalog().DeleteDatabase("market").has_value());
  EXPECT_FALSE(catalog().GetFact(of_database).has_value());
  EXPECT_EQ(catalog().PutFact({of_database, ""}, FactWrite::kEither).error().code, Code::kNotFound);
}

TEST_P(CatalogConformance, UpdatesOnlyTheExpectedVersion) {
  if (Lacks("versions")) GTEST_SKIP() << "this catalog lacks versions";
  ASSERT_TRUE(catalog().CreateTable(Trades()).has_value());
  Table first = catalog().GetTable("market", "trades").value();
  Table second = first;
  first.parameters[kMetadataLocation] = "file:///m1";
  second.parameters[kMetadataLocation] = "file:///other";
  ASSERT_TRUE(catalog().UpdateTable(first).has_value());
  EXPECT_EQ(catalog().UpdateTable(second).error().code, Code::kConflict);
  const Table now = catalog().GetTable("market", "trades").value();
  EXPECT_EQ(now.version, first.version + 1);
  EXPECT_EQ(now.parameters.at(kMetadataLocation), "file:///m1");
  EXPECT_EQ(now.create_time, first.create_time);
}

TEST_P(CatalogConformance, EachVersionHasOneWinner) {
  if (Lacks("versions")) GTEST_SKIP() << "this catalog lacks versions";
  ASSERT_TRUE(catalog().CreateTable(Trades()).has_value());
  const int64_t before = catalog().GetTable("market", "trades").value().version;
  constexpr int64_t kThreads = 4;
  constexpr int64_t kWinsEach = 5;
  std::atomic<int> lost = 0;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int64_t won = 0; won < kWinsEach;) {
        const auto updated = catalog().UpdateTable(catalog().GetTable("market", "trades").value());
        if (updated) {
          ++won;
        } else {
          ASSERT_EQ(updated.error().code, Code::kConflict);
          ++lost;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(catalog().GetTable("market", "trades").value().version, before + kThreads * kWinsEach);
}

}  // namespace ticklake::catalog
