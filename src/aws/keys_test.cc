#include "aws/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/key_file.h"
#include "base/memory_fs.h"
#include "net/sigv4.h"

namespace ticklake::aws {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Keys, AreKeptWithoutTheirSecrets) {
  MemoryFileSystem fs;
  KeyStore store(fs, "keys.json");
  EXPECT_EQ(*store.Keys(), nullptr);
  const auto made = store.Create({.name = "a", .read_only = true, .scope = "bucket/x"}, 1'000);
  ASSERT_TRUE(made);
  EXPECT_THAT(made->key.id, StartsWith("AKIA"));
  EXPECT_EQ(made->key.id.size(), 20U);
  EXPECT_EQ(made->secret.size(), 40U);
  EXPECT_THAT(fs.ReadFile("keys.json").value(), Not(HasSubstr(made->secret)));

  KeyStore other(fs, "keys.json");
  const auto ring = other.Keys().value();
  ASSERT_NE(ring, nullptr);
  const AccessKey* key = ring->Find(made->key.id);
  ASSERT_NE(key, nullptr);
  EXPECT_TRUE(key->spec.read_only);
  EXPECT_EQ(key->spec.scope, "bucket/x");
  EXPECT_EQ(key->created, 1'000);
  EXPECT_EQ(key->v4.Sign("x"), net::SecretKey(made->secret).Sign("x"));
  EXPECT_EQ(key->v2.Sign("x"), net::HmacSha1Key(made->secret).Sign("x"));
}

TEST(Keys, TakesAPairThatThereIs) {
  MemoryFileSystem fs;
  KeyStore store(fs, "keys.json");
  const KeyPair pair{"minio-ci", "a secret of ours"};
  ASSERT_TRUE(store.Create({.name = "ci"}, 0, pair));
  const auto ring = store.Keys().value();
  ASSERT_NE(ring->Find("minio-ci"), nullptr);
  EXPECT_EQ(ring->Find("minio-ci")->v4.Sign("x"), net::SecretKey(pair.secret).Sign("x"));
  EXPECT_EQ(store.Create({}, 0, pair).error().code, Code::kConflict);
  for (const KeyPair& bad :
       {KeyPair{"ab", "12345678"}, KeyPair{"a/b", "12345678"}, KeyPair{"abc", "1234567"},
        KeyPair{"ASIAJ4QXH2M5T3NZ6C7D", "12345678"}, KeyPair{"abc", "1234567\n8"}}) {
    EXPECT_EQ(store.Create({}, 0, bad).error().code, Code::kInvalid) << bad.id;
  }
  EXPECT_EQ(store.Keys().value()->keys.size(), 1U);
}

TEST(Keys, ChangesAreSeenByOthers) {
  MemoryFileSystem fs;
  KeyStore mine(fs, "keys.json");
  KeyStore theirs(fs, "keys.json");
  const auto first = mine.Create({}, 0).value();
  ASSERT_NE(theirs.Keys().value()->Find(first.key.id), nullptr);
  const auto second = theirs.Create({}, 0).value();
  EXPECT_NE(mine.Keys().value()->Find(second.key.id), nullptr);
  EXPECT_EQ(mine.Revoke("AKIANOBODY").error().code, Code::kNotFound);
  ASSERT_TRUE(mine.Revoke(first.key.id));
  EXPECT_EQ(theirs.Keys().value()->Find(first.key.id), nullptr);
  EXPECT_EQ(theirs.Keys().value()->keys.size(), 1U);
}

TEST(Keys, WhatIsNoKeyFileIsNamed) {
  MemoryFileSystem fs;
  KeyStore store(fs, "keys.json");
  ASSERT_TRUE(store.Create({.scope = "b"}, 0));
  const std::string good = FormatKeyFile(*store.Keys().value());
  ASSERT_TRUE(ParseKeyFile(good, "f"));
  for (size_t size = 0; size + 1 < good.size(); ++size) {
    const auto parsed = ParseKeyFile(good.substr(0, size), "f");
    ASSERT_FALSE(parsed) << size;
    EXPECT_EQ(parsed.error().code, Code::kCorrupt);
  }
  std::string newer = good;
  newer.replace(newer.find("\"format\":1"), 10, "\"format\":2");
  EXPECT_EQ(ParseKeyFile(newer, "f").error().code, Code::kUnsupported);
  std::string unbound = good;  // a bound that cannot be read is not left out
  unbound.replace(unbound.find("\"scope\":\"b\""), 11, "\"scope\":123");
  EXPECT_EQ(ParseKeyFile(unbound, "f").error().code, Code::kCorrupt);
  EXPECT_EQ(store.Create({.name = std::string(200, 'x')}, 0).error().code, Code::kInvalid);
  EXPECT_EQ(store.Create({.scope = "/b"}, 0).error().code, Code::kInvalid);
}

}  // namespace
}  // namespace ticklake::aws
