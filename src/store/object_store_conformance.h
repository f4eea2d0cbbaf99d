// The conformance suite of ObjectStore: every implementation must pass it.
//
// Use: derive a fixture factory and instantiate, as store/directory_store_test.cc does.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/object_store.h"

namespace ticklake::store {

/// An empty store, with whatever it needs to live behind it.
struct StoreUnderTest {
  std::shared_ptr<void> holder;  ///< destroyed after the store
  std::unique_ptr<ObjectStore> store;
  bool any_key = false;  ///< keys need not be paths
};

using StoreFactory = std::function<StoreUnderTest()>;

class ObjectStoreConformance : public ::testing::TestWithParam<StoreFactory> {
 protected:
  void SetUp() override { under_test_ = GetParam()(); }
  ObjectStore& store() { return *under_test_.store; }

  std::vector<std::string> Keys(const std::string& prefix) {
    std::vector<std::string> keys;
    auto listed = store().List(prefix);
    EXPECT_TRUE(listed.has_value());
    if (listed) {
      for (const ObjectInfo& info : *listed) keys.push_back(info.key);
    }
    return keys;
  }

  StoreUnderTest under_test_;
};

TEST_P(ObjectStoreConformance, ReadsBackWhatWasPut) {
  const std::string bytes("a\0b\xff", 4);
  ASSERT_TRUE(store().Put("market/trades/data/one", bytes).has_value());
  EXPECT_EQ(store().Get("market/trades/data/one").value(), bytes);
  EXPECT_EQ(store().Head("market/trades/data/one").value().size, 4U);
  ASSERT_TRUE(store().Put("market/trades/data/one", "").has_value());
  EXPECT_EQ(store().Get("market/trades/data/one").value(), "");
}

TEST_P(ObjectStoreConformance, PutsSeveralAtOnce) {
  ASSERT_TRUE(store().Put("t/data/b", "old").has_value());
  const std::vector<NewObject> objects = {
      {"t/data/a", "1"}, {"t/metadata/m", ""}, {"t/data/b", "2"}};
  ASSERT_TRUE(store().PutAll(objects).has_value());
  EXPECT_EQ(store().Get("t/data/a").value(), "1");
  EXPECT_EQ(store().Get("t/data/b").value(), "2");
  EXPECT_EQ(store().Get("t/metadata/m").value(), "");
  ASSERT_TRUE(store().PutAll({}).has_value());
  const std::vector<NewObject> wrong = {{"t/data/c", "1"}, {"", "2"}};
  EXPECT_EQ(store().PutAll(wrong).error().code, Code::kInvalid);
  ASSERT_TRUE(store().Delete("t/data/c").has_value());
  EXPECT_EQ(Keys(""), (std::vector<std::string>{"t/data/a", "t/data/b", "t/metadata/m"}));
}

TEST_P(ObjectStoreConformance, SaysWhenAnObjectWasModified) {
  const Nanos before = SystemClock().Now() - kNanosPerSecond;
  ASSERT_TRUE(store().Put("k/v", "x").has_value());
  EXPECT_GE(store().Head("k/v").value().modified, before);
  EXPECT_LE(store().List("k/").value().front().modified, SystemClock().Now() + kNanosPerSecond);
  EXPECT_EQ(store().RemoveStale("k/", SystemClock().Now() + 3600 * kNanosPerSecond).value(), 0);
  EXPECT_EQ(store().Get("k/v").value(), "x");
}

TEST_P(ObjectStoreConformance, TakesTheKeysOfPartitionsAndPeople) {
  for (const char* key : {"a=b/c=2024-11-22/x.parquet", "with space/and+plus&%20", "größe/価格",
                          "dots...in/a.name", "single"}) {
    ASSERT_TRUE(store().Put(key, key).has_value()) << key;
    EXPECT_EQ(store().Get(key).value(), key);
    EXPECT_EQ(Keys(key), std::vector<std::string>{key});
    EXPECT_EQ(store().KeyOf(store().UriOf(key)).value(), key);
  }
}

TEST_P(ObjectStoreConformance, RefusesKeysOutsideTheStore) {
  if (under_test_.any_key) GTEST_SKIP() << "any text is a key of this store";
  for (const char* key : {"", "/etc/passwd", "../up", "a/../../b", "a//b", "a/", "./a", "a/."}) {
    EXPECT_EQ(store().Put(key, "x").error().code, Code::kInvalid) << key;
    EXPECT_EQ(store().PutIfAbsent(key, "x").error().code, Code::kInvalid) << key;
    EXPECT_EQ(store().Get(key).error().code, Code::kInvalid) << key;
    EXPECT_EQ(store().Delete(key).error().code, Code::kInvalid) << key;
  }
  EXPECT_EQ(store().KeyOf("s3://elsewhere/key").error().code, Code::kInvalid);
  EXPECT_EQ(store().KeyOf(store().RootUri()).error().code, Code::kInvalid);
}

TEST_P(ObjectStoreConformance, PutIfAbsentKeepsTheFirst) {
  ASSERT_TRUE(store().PutIfAbsent("k/v", "first").has_value());
  EXPECT_EQ(store().PutIfAbsent("k/v", "second").error().code, Code::kAlreadyExists);
  EXPECT_EQ(store().Get("k/v").value(), "first");
  EXPECT_EQ(Keys(""), std::vector<std::string>{"k/v"});
}

TEST_P(ObjectStoreConformance, OneOfManyRacingPutsIfAbsentWins) {
  constexpr int kThreads = 4;
  std::vector<int> won(kThreads, 0);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string key = "race/" + std::to_string(i);
        if (store().PutIfAbsent(key, std::to_string(t))) ++won[static_cast<size_t>(t)];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  int wins = 0;
  for (int n : won) wins += n;
  EXPECT_EQ(wins, 10);
}

TEST_P(ObjectStoreConformance, ReadsRanges) {
  ASSERT_TRUE(store().Put("r", "0123456789").has_value());
  EXPECT_EQ(store().GetRange("r", 0, 4).value(), "0123");
  EXPECT_EQ(store().GetRange("r", 7, 100).value(), "789");
  EXPECT_EQ(store().GetRange("r", 10, 1).value(), "");
  EXPECT_EQ(store().GetRange("r", 1000, 1).value(), "");
  EXPECT_EQ(store().GetRange("missing", 0, 1).error().code, Code::kNotFound);
}

TEST_P(ObjectStoreConformance, ListsByPrefixInOrder) {
  for (const char* key : {"b/2", "a/1", "b/10/x", "bc", "a/0"}) {
    ASSERT_TRUE(store().Put(key, "x").has_value()) << key;
  }
  EXPECT_EQ(Keys(""), (std::vector<std::string>{"a/0", "a/1", "b/10/x", "b/2", "bc"}));
  EXPECT_EQ(Keys("b"), (std::vector<std::string>{"b/10/x", "b/2", "bc"}));
  EXPECT_EQ(Keys("b/1"), (std::vector<std::string>{"b/10/x"}));
  EXPECT_EQ(Keys("b/10/"), (std::vector<std::string>{"b/10/x"}));
  EXPECT_TRUE(Keys("missing/").empty());
  EXPECT_TRUE(Keys("z").empty());
}

TEST_P(ObjectStoreConformance, ListsOneFolderAtATime) {
  for (const char* key : {"b/2", "a/1", "b/10/x", "b/10/y", "b-c/z", "bc"}) {
    ASSERT_TRUE(store().Put(key, "xy").has_value()) << key;
  }
  const auto root = store().ListFolder("").value();
  EXPECT_EQ(root.folders, (std::vector<std::string>{"a/", "b-c/", "b/"}));
  ASSERT_EQ(root.objects.size(), 1U);
  EXPECT_EQ(root.objects[0].key, "bc");
  EXPECT_EQ(root.objects[0].size, 2U);
  const auto inner = store().ListFolder("b/").value();
  EXPECT_EQ(inner.folders, std::vector<std::string>{"b/10/"});
  ASSERT_EQ(inner.objects.size(), 1U);
  EXPECT_EQ(inner.objects[0].key, "b/2");
  EXPECT_TRUE(store().ListFolder("missing/")->objects.empty());
}

TEST_P(ObjectStoreConformance, DeletesAndSaysWhatIsMissing) {
  ASSERT_TRUE(store().Put("d/x", "x").has_value());
  ASSERT_TRUE(store().Delete("d/x").has_value());
  ASSERT_TRUE(store().Delete("d/x").has_value());
  EXPECT_EQ(store().Get("d/x").error().code, Code::kNotFound);
  EXPECT_EQ(store().Head("d/x").error().code, Code::kNotFound);
  EXPECT_EQ(store().Head("d").error().code, Code::kNotFound);
  ASSERT_TRUE(store().Put("d/x", "again").has_value());
  EXPECT_EQ(store().Get("d/x").value(), "again");
}

}  // namespace ticklake::store
