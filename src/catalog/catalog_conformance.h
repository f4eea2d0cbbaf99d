// The conformance suite of Catalog: every implementation must pass it.
//
// Use: instantiate with a factory, as catalog/sqlite_catalog_test.cc does.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "catalog/catalog.h"

namespace ticklake::catalog {

/// An empty catalog, with whatever it needs to live behind it.
struct CatalogUnderTest {
  std::shared_ptr<void> holder;  ///< destroyed after the catalog
  std::unique_ptr<Catalog> catalog;
};

using CatalogFactory = std::function<CatalogUnderTest()>;

class CatalogConformance : public ::testing::TestWithParam<CatalogFactory> {
 protected:
  void SetUp() override {
    under_test_ = GetParam()();
    ASSERT_TRUE(catalog().CreateDatabase({.name = "market", .description = "ticks"}).has_value());
  }
  Catalog& catalog() { return *under_test_.catalog; }

  static Table Trades() {
    Table table;
    table.database = "market";
    table.name = "trades";
    table.location = "file:///lake/market/trades";
    table.columns = {{"price", "double", ""}, {"_kafka", "struct<epoch:int>", "größe \"q\""}};
    table.parameters = {{"table_type", "ICEBERG"}, {kMetadataLocation, "file:///m0"}};
    return table;
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
  EXPECT_EQ(read.version, 1);
  EXPECT_EQ(read.location, Trades().location);
  EXPECT_EQ(read.parameters, Trades().parameters);
  ASSERT_EQ(read.columns.size(), 2U);
  EXPECT_EQ(read.columns[1].name, "_kafka");
  EXPECT_EQ(read.columns[1].type, "struct<epoch:int>");
  EXPECT_EQ(read.columns[1].comment, "größe \"q\"");
  EXPECT_EQ(catalog().ListTables("market").value().size(), 1U);
  EXPECT_EQ(catalog().DeleteDatabase("market").error().code, Code::kConflict);
  EXPECT_TRUE(catalog().DeleteTable("market", "trades").has_value());
  EXPECT_EQ(catalog().GetTable("market", "trades").error().code, Code::kNotFound);
  EXPECT_EQ(catalog().DeleteTable("market", "trades").error().code, Code::kNotFound);
}

TEST_P(CatalogConformance, SaysWhichDatabaseIsMissing) {
  Table table = Trades();
  table.database = "nowhere";
  EXPECT_EQ(catalog().CreateTable(table).error().code, Code::kNotFound);
  EXPECT_EQ(catalog().ListTables("nowhere").error().code, Code::kNotFound);
  EXPECT_EQ(catalog().UpdateTable(table).error().code, Code::kNotFound);
}

TEST_P(CatalogConformance, UpdatesOnlyTheExpectedVersion) {
  ASSERT_TRUE(catalog().CreateTable(Trades()).has_value());
  Table first = catalog().GetTable("market", "trades").value();
  Table second = first;
  first.parameters[kMetadataLocation] = "file:///m1";
  second.parameters[kMetadataLocation] = "file:///other";
  ASSERT_TRUE(catalog().UpdateTable(first).has_value());
  EXPECT_EQ(catalog().UpdateTable(second).error().code, Code::kConflict);
  const Table now = catalog().GetTable("market", "trades").value();
  EXPECT_EQ(now.version, 2);
  EXPECT_EQ(now.parameters.at(kMetadataLocation), "file:///m1");
  EXPECT_EQ(now.create_time, first.create_time);
}

TEST_P(CatalogConformance, EachVersionHasOneWinner) {
  ASSERT_TRUE(catalog().CreateTable(Trades()).has_value());
  constexpr int kThreads = 4;
  constexpr int kWinsEach = 5;
  std::atomic<int> lost = 0;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int won = 0; won < kWinsEach;) {
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
  EXPECT_EQ(catalog().GetTable("market", "trades").value().version, 1 + kThreads * kWinsEach);
}

}  // namespace ticklake::catalog
