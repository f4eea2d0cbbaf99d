// What a BucketStore promises, on the real disk.
#include "store/buckets/bucket_store.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

#include "base/bytes.h"
#include "base/random.h"
#include "base/test_report.h"
#include "base/uuid.h"
#include "store/buckets/bucket_format.h"

namespace ticklake::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kBucket[] = "b";

class BucketStoreTest : public ::testing::Test {
 protected:
  BucketStoreTest() {
    Reopen();
    EXPECT_TRUE(store_->CreateBucket({.name = kBucket}));
  }
  ~BucketStoreTest() override {
    store_.reset();
    std::filesystem::remove_all(path_);
  }

  void Reopen(const BucketOptions& options = {}) {
    store_.reset();
    auto opened = OpenBucketStore(PosixFileSystem(), path_.string(), clock_, options);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  Result<Object> Put(const std::string& key, std::string_view bytes,
                     const WriteCondition& condition = {}, const ObjectFacts& facts = {}) {
    TL_ASSIGN(auto upload, store_->Begin(kBucket));
    TL_TRY(upload->Append(bytes));
    return store_->Finish(std::move(upload), key, facts, condition);
  }
  Result<Part> PutPart(const MultipartUpload& to, int32_t number, std::string_view bytes) {
    TL_ASSIGN(auto upload, store_->Begin(kBucket));
    TL_TRY(upload->Append(bytes));
    return store_->FinishPart(std::move(upload), to, {.number = number, .etag = "e"});
  }
  static std::string ReadAll(const OpenObject& object) {
    return object.file->ReadExact(0, object.object.size).value_or("unreadable");
  }
  std::string Get(const std::string& key) {
    const auto open = store_->Open(kBucket, key);
    return open ? ReadAll(*open) : open.error().message;
  }
  /// Keys of all pages of a listing; common prefixes too.
  std::vector<std::string> List(ListRequest request) {
    std::vector<std::string> keys;
    while (true) {
      const auto page = store_->List(kBucket, request);
      EXPECT_TRUE(page) << page.error().message;
      if (!page) return keys;
      EXPECT_LE(page->entries.size(), request.limit);
      for (const auto& entry : page->entries) keys.push_back(entry.object.key);
      if (!page->more) return keys;
      request.after = keys.back();
    }
  }
  /// All files below objects/.
  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    if (!std::filesystem::exists(path_ / "objects")) return files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_ / "objects")) {
      if (entry.is_regular_file()) files.push_back(entry.path().string());
    }
    return files;
  }

  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("tl-" + Uuid::Random().ToString());
  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  std::unique_ptr<BucketStore> store_;
};

const std::string& Big() {
  static const std::string kBig = [] {
    std::string bytes;
    Random random(1);
    while (bytes.size() < 3'000'000) AppendBig(bytes, random.Next());
    return bytes;
  }();
  return kBig;
}

TEST_F(BucketStoreTest, BucketsAreMadeOnceAndGoneWhenEmpty) {
  EXPECT_EQ(store_->CreateBucket({.name = kBucket}).error().code, Code::kAlreadyExists);
  for (const char* name : {"", "..", "a/b", ".hidden", "größe", "a b"}) {
    EXPECT_EQ(store_->CreateBucket({.name = name}).error().code, Code::kInvalid) << name;
  }
  // The names of our own files are no worse than others.
  for (const char* name : {"index.db", "objects", "lock"}) {
    EXPECT_TRUE(store_->CreateBucket({.name = name})) << name;
    EXPECT_TRUE(store_->DeleteBucket(name)) << name;
  }
  ASSERT_TRUE(store_->CreateBucket({.name = "a", .facts = {{"cors", "<x/>"}, {"policy", ""}}}));
  ASSERT_TRUE(store_->SetBucketFact("a", "region", "eu-west-1"));
  ASSERT_TRUE(store_->SetBucketFact("a", "cors", ""));
  EXPECT_EQ(store_->SetBucketFact("none", "cors", "x").error().code, Code::kNotFound);
  const auto all = store_->ListBuckets().value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "a");
  EXPECT_EQ(all[0].created, clock_.Now());
  EXPECT_EQ(all[0].facts, (Facts{{"region", "eu-west-1"}}));
  ASSERT_TRUE(Put("k", "x"));
  const auto upload = store_->BeginMultipart(kBucket, "m", {}).value();
  ASSERT_TRUE(PutPart(upload, 1, Big()));
  EXPECT_EQ(store_->DeleteBucket(kBucket).error().code, Code::kConflict);
  ASSERT_TRUE(store_->Delete(kBucket, "k", {}));
  ASSERT_TRUE(store_->DeleteBucket(kBucket));
  EXPECT_EQ(store_->DeleteBucket(kBucket).error().code, Code::kNotFound);
  EXPECT_EQ(store_->GetBucket(kBucket).error().code, Code::kNotFound);
  EXPECT_EQ(Put("k", "x").error().code, Code::kNotFound);
  ASSERT_TRUE(store_->CreateBucket({.name = kBucket}));
  EXPECT_EQ(store_->GetMultipart(kBucket, upload.id).error().code, Code::kNotFound);
}

TEST_F(BucketStoreTest, KeepsBytesAndFactsAcrossARestart) {
  const ObjectFacts facts{.headers = {{"content-type", "text/csv"}},
                          .metadata = {{"owner", "größe"}, {"empty", ""}},
                          .tags = {{"k", std::string("a\0b", 3)}},
                          .checksums = {{"crc32", "AAAAAA=="}},
                          .etag = "d41d8"};
  const std::vector<size_t> sizes = {0, 1, kSmallObject, kSmallObject + 1, Big().size()};
  for (const size_t size : sizes) {
    const auto put = Put(std::to_string(size), std::string_view(Big()).substr(0, size), {}, facts);
    ASSERT_TRUE(put) << put.error().message;
    EXPECT_EQ(put->size, size);
    EXPECT_EQ(put->modified, clock_.Now());
  }
  ASSERT_TRUE(store_->SetTags(kBucket, "0", {{"new", "tag"}}));
  EXPECT_EQ(store_->SetTags(kBucket, "none", {}).error().code, Code::kNotFound);
  clock_.Advance(kNanosPerSecond);
  Reopen();
  for (const size_t size : sizes) {
    const auto object = store_->Head(kBucket, std::to_string(size)).value();
    EXPECT_EQ(object.size, size);
    EXPECT_EQ(object.modified, clock_.Now() - kNanosPerSecond);
    EXPECT_EQ(object.facts.headers, facts.headers);
    EXPECT_EQ(object.facts.metadata, facts.metadata);
    EXPECT_EQ(object.facts.checksums, facts.checksums);
    EXPECT_EQ(object.facts.etag, facts.etag);
    EXPECT_EQ(object.facts.tags, size == 0 ? (Facts{{"new", "tag"}}) : facts.tags);
    EXPECT_TRUE(Get(std::to_string(size)) == Big().substr(0, size)) << size;
  }
  EXPECT_EQ(store_->Head(kBucket, "none").error().code, Code::kNotFound);
  EXPECT_THAT(store_->Head("no", "none").error().message, HasSubstr("bucket 'no'"));
}

TEST_F(BucketStoreTest, FilesKeepTheExtensionThatReadersTellFormatsBy) {
  const std::map<std::string, std::string> names = {
      {"a.parquet", ".parquet"}, {"d.x/f.csv.gz", ".csv.gz"}, {"a.b/plain", ""}, {"odd.p%q", ""},
      {".hidden", ""},           {"v1.2.json", ".2.json"},    {"ends.", ""}};
  for (const auto& [key, extension] : names) {
    ASSERT_TRUE(Put(key, Big()));
    const std::string path = store_->Open(kBucket, key)->path;
    EXPECT_EQ(std::filesystem::path(path).filename().string().substr(9), extension) << key;
    EXPECT_EQ(PosixFileSystem().ReadFile(path).value().size(), Big().size());
  }
  ASSERT_TRUE(Put("small.csv", "a,b"));
  EXPECT_EQ(store_->Open(kBucket, "small.csv")->path, "");
}

TEST_F(BucketStoreTest, AnyKeyIsItsOwnObject) {
  const std::vector<std::string> keys = {"..",
                                         ".",
                                         "/",
                                         "//",
                                         "../../etc/passwd",
                                         "/etc/passwd",
                                         "a",
                                         "a/",
                                         "a//b",
                                         "a/b",
                                         "a/../b",
                                         "%2e%2e/",
                                         "größe/価格",
                                         std::string("nul\0x", 5),
                                         std::string("nul\0y", 5),
                                         "\x7f",
                                         " ",
                                         std::string(1024, 'k'),
                                         "\n",
                                         "a\\b",
                                         "objects",
                                         "index.db"};
  for (const std::string& key : keys) ASSERT_TRUE(Put(key, "of " + key)) << key;
  for (const std::string& key : keys) EXPECT_EQ(Get(key), "of " + key);
  for (const std::string& key : keys) ASSERT_TRUE(Put(key, key + Big())) << key;
  for (const std::string& key : keys) EXPECT_TRUE(Get(key) == key + Big()) << key;
  std::vector<std::string> sorted = keys;
  std::ranges::sort(sorted);
  EXPECT_EQ(List({}), sorted);
  EXPECT_EQ(List({.limit = 1}), sorted);
  for (const std::string& file : Files()) EXPECT_THAT(file, HasSubstr("/objects/b/"));
  for (const std::string& wrong : {std::string(), std::string(1025, 'k'), std::string("\xff")}) {
    EXPECT_EQ(Put(wrong, "x").error().code, Code::kInvalid);
  }
}

TEST_F(BucketStoreTest, ChangesOnlyUnderTheirConditions) {
  const ObjectFacts one{.etag = "1"};
  const ObjectFacts two{.etag = "2"};
  EXPECT_EQ(Put("k", "x", {.if_match = "1"}).error().code, Code::kNotFound);
  EXPECT_EQ(Put("k", "x", {.if_match = "*"}).error().code, Code::kNotFound);
  EXPECT_EQ(store_->Delete(kBucket, "k", {.if_match = "1"}).error().code, Code::kNotFound);
  ASSERT_TRUE(Put("k", "first", {.if_absent = true}, one));
  EXPECT_EQ(Put("k", "x", {.if_absent = true}).error().code, Code::kConflict);
  EXPECT_EQ(Put("k", Big(), {.if_match = "2"}).error().code, Code::kConflict);
  EXPECT_EQ(Get("k"), "first");
  EXPECT_THAT(Files(), IsEmpty());
  ASSERT_TRUE(Put("k", "second", {.if_match = "1"}, two));
  EXPECT_EQ(store_->Delete(kBucket, "k", {.if_match = "1"}).error().code, Code::kConflict);
  ASSERT_TRUE(Put("k", "third", {.if_match = "*"}, two));
  ASSERT_TRUE(store_->Delete(kBucket, "k", {.if_match = "2"}));
  EXPECT_EQ(store_->Open(kBucket, "k").error().code, Code::kNotFound);
  EXPECT_TRUE(store_->Delete(kBucket, "k", {}));
}

TEST_F(BucketStoreTest, WhatHasBeenReplacedByTheSameBytesIsAnother) {
  const auto first = Put("k", "same");
  ASSERT_TRUE(first);
  clock_.Advance(1);
  ASSERT_TRUE(Put("k", "same"));
  const auto late = store_->Delete(kBucket, "k", {.if_modified_at = first->modified});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kConflict);
  EXPECT_EQ(Get("k"), "same");
  EXPECT_TRUE(store_->Delete(kBucket, "k", {.if_modified_at = first->modified + 1}));
  EXPECT_EQ(store_->Delete(kBucket, "k", {.if_modified_at = 1}).error().code, Code::kConflict);
}

TEST_F(BucketStoreTest, OneOfManyRacingWritersWins) {
  constexpr int kThreads = 8;
  for (int round = 0; round < 10; ++round) {
    const std::string key = std::to_string(round);
    std::atomic<int> won = 0;
    {
      std::vector<std::jthread> threads;
      threads.reserve(kThreads);
      for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
          const std::string bytes = (t % 2 == 0 ? Big() : "") + std::to_string(t);
          const auto put = Put(key, bytes, {.if_absent = true});
          if (put) ++won;
          if (!put) {
            EXPECT_EQ(put.error().code, Code::kConflict);
          }
        });
      }
    }
    EXPECT_EQ(won, 1);
  }
}

TEST_F(BucketStoreTest, AReaderKeepsWhatItOpened) {
  for (const std::string& first : {std::string("small"), Big()}) {
    ASSERT_TRUE(Put("k.parquet", first));
    const OpenObject open = store_->Open(kBucket, "k.parquet").value();
    ASSERT_TRUE(Put("k.parquet", "other"));
    EXPECT_TRUE(ReadAll(open) == first);
    ASSERT_TRUE(store_->Delete(kBucket, "k.parquet", {}));
    EXPECT_TRUE(ReadAll(open) == first);
    if (!open.path.empty()) {
      EXPECT_TRUE(PosixFileSystem().ReadFile(open.path).value() == first);
    }
  }
}

TEST_F(BucketStoreTest, RetiredFilesGoWhenTheirTimeHasCome) {
  Reopen({.readers_may_take = 60 * kNanosPerSecond, .look_every = std::chrono::milliseconds(1)});
  ASSERT_TRUE(Put("kept", Big()));
  ASSERT_TRUE(Put("k", Big()));
  ASSERT_TRUE(Put("k", Big()));
  ASSERT_TRUE(store_->Delete(kBucket, "k", {}));
  clock_.Advance(59 * kNanosPerSecond);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(Files().size(), 3U);
  clock_.Advance(2 * kNanosPerSecond);
  for (int i = 0; i < 5000 && Files().size() > 1; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(Files().size(), 1U);
  EXPECT_TRUE(Get("kept") == Big());
}

TEST_F(BucketStoreTest, AnUploadWithoutAFinishLeavesNothing) {
  for (const std::string& bytes : {std::string("x"), Big()}) {
    auto upload = store_->Begin(kBucket).value();
    ASSERT_TRUE(upload->Append(bytes));
    ASSERT_TRUE(upload->Append(bytes));
    EXPECT_EQ(upload->size(), 2 * bytes.size());
    upload.reset();
    EXPECT_THAT(Files(), IsEmpty());
  }
  EXPECT_EQ(store_->Begin("none").error().code, Code::kNotFound);
}

TEST_F(BucketStoreTest, OneProcessWritesAndOthersRead) {
  ASSERT_TRUE(Put("k", "x"));
  auto other = OpenBucketStore(PosixFileSystem(), path_.string(), clock_).value();
  EXPECT_TRUE(other->Head(kBucket, "k"));
  const auto refused = other->CreateBucket({.name = "c"});
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("written by another process"));
  auto upload = other->Begin(kBucket).value();
  ASSERT_TRUE(upload->Append("y"));
  EXPECT_EQ(other->Finish(std::move(upload), "k", {}, {}).error().code, Code::kUnavailable);
  store_.reset();
  EXPECT_TRUE(other->CreateBucket({.name = "c"})) << "the other one is gone";
}

// --- Multipart.

TEST_F(BucketStoreTest, PartsBecomeOneObject) {
  const ObjectFacts wanted{.headers = {{"content-type", "x"}},
                           .checksums = {{"type", "COMPOSITE"}}};
  const auto upload = store_->BeginMultipart(kBucket, "m.parquet", wanted).value();
  EXPECT_EQ(store_->GetMultipart(kBucket, upload.id)->facts.headers, wanted.headers);
  EXPECT_EQ(store_->GetMultipart(kBucket, upload.id)->key, "m.parquet");
  ASSERT_TRUE(PutPart(upload, 7, "seven"));
  ASSERT_TRUE(PutPart(upload, 2, "old"));
  ASSERT_TRUE(PutPart(upload, 2, Big()));
  ASSERT_TRUE(PutPart(upload, 9, "not asked for"));
  const auto parts = store_->ListParts(kBucket, upload.id).value();
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].number, 2);
  EXPECT_EQ(parts[0].size, Big().size());
  EXPECT_EQ(store_->CompleteMultipart(kBucket, upload.id, {2, 3}, {}, {}).error().code,
            Code::kInvalid);
  EXPECT_EQ(store_->Open(kBucket, "m.parquet").error().code, Code::kNotFound);
  const auto whole =
      store_->CompleteMultipart(kBucket, upload.id, {2, 7}, {.etag = "e-2"}, {}).value();
  EXPECT_EQ(whole.size, Big().size() + 5);
  EXPECT_TRUE(Get("m.parquet") == Big() + "seven");
  EXPECT_THAT(store_->Head(kBucket, "m.parquet")->parts, ElementsAre(Big().size(), 5));
  EXPECT_EQ(store_->Head(kBucket, "m.parquet")->facts.etag, "e-2");
  EXPECT_THAT(store_->Open(kBucket, "m.parquet")->path, HasSubstr(".parquet"));
  EXPECT_EQ(store_->CompleteMultipart(kBucket, upload.id, {2}, {}, {}).error().code,
            Code::kNotFound);
  EXPECT_EQ(PutPart(upload, 1, "x").error().code, Code::kNotFound);
  EXPECT_THAT(store_->ListMultiparts(kBucket).value(), IsEmpty());
}

TEST_F(BucketStoreTest, AnAbortedOrRefusedUploadChangesNoObject) {
  ASSERT_TRUE(Put("m", "there", {}, {.etag = "1"}));
  const auto upload = store_->BeginMultipart(kBucket, "m", {}).value();
  ASSERT_TRUE(PutPart(upload, 1, "x"));
  EXPECT_EQ(
      store_->CompleteMultipart(kBucket, upload.id, {1}, {}, {.if_absent = true}).error().code,
      Code::kConflict);
  EXPECT_EQ(Get("m"), "there");
  EXPECT_EQ(store_->ListParts(kBucket, upload.id)->size(), 1U) << "it can be tried again";
  ASSERT_TRUE(store_->AbortMultipart(kBucket, upload.id));
  EXPECT_EQ(store_->AbortMultipart(kBucket, upload.id).error().code, Code::kNotFound);
  EXPECT_EQ(store_->BeginMultipart("none", "m", {}).error().code, Code::kNotFound);
}

TEST_F(BucketStoreTest, UploadsAreListedByKeyAndTime) {
  const auto later = store_->BeginMultipart(kBucket, "b", {}).value();
  clock_.Advance(1);
  const auto last = store_->BeginMultipart(kBucket, "b", {}).value();
  const auto first = store_->BeginMultipart(kBucket, "a", {}).value();
  std::vector<std::string> ids;
  const auto uploads = store_->ListMultiparts(kBucket).value();
  ids.reserve(uploads.size());
  for (const auto& upload : uploads) ids.push_back(upload.id);
  EXPECT_THAT(ids, ElementsAre(first.id, later.id, last.id));
}

// --- Listing.

TEST_F(BucketStoreTest, ListsByBytesWithDelimiters) {
  for (const char* key : {"a", "a/1", "a/2", "a/b/3", "a0", "b/", "b/x", "c"}) {
    ASSERT_TRUE(Put(key, key));
  }
  EXPECT_THAT(List({.delimiter = "/"}), ElementsAre("a", "a/", "a0", "b/", "c"));
  EXPECT_THAT(List({.delimiter = "/", .limit = 1}), ElementsAre("a", "a/", "a0", "b/", "c"));
  EXPECT_THAT(List({.prefix = "a/", .delimiter = "/"}), ElementsAre("a/1", "a/2", "a/b/"));
  EXPECT_THAT(List({.prefix = "b/", .delimiter = "/"}), ElementsAre("b/", "b/x"));
  EXPECT_THAT(List({.prefix = "a", .after = "a/1"}), ElementsAre("a/2", "a/b/3", "a0"));
  EXPECT_THAT(List({.prefix = "b", .after = "a"}), ElementsAre("b/", "b/x"));
  EXPECT_THAT(List({.prefix = "b", .after = "bz"}), IsEmpty());
  EXPECT_THAT(List({.delimiter = "/b"}),
              ElementsAre("a", "a/1", "a/2", "a/b", "a0", "b/", "b/x", "c"));
  EXPECT_EQ(store_->List("none", {}).error().code, Code::kNotFound);
  const auto page = store_->List(kBucket, {.prefix = "c"}).value();
  ASSERT_EQ(page.entries.size(), 1U);
  EXPECT_EQ(page.entries[0].object.size, 1U);
  EXPECT_EQ(page.entries[0].object.modified, clock_.Now());
}

// The slow way to the same answer.
std::vector<std::string> Expected(const std::set<std::string>& keys, const ListRequest& request) {
  std::vector<std::string> listed;
  for (const std::string& key : keys) {
    if (!key.starts_with(request.prefix)) continue;
    const size_t at = request.delimiter.empty()
                          ? std::string::npos
                          : key.find(request.delimiter, request.prefix.size());
    const std::string entry =
        at == std::string::npos ? key : key.substr(0, at + request.delimiter.size());
    if (entry > request.after && (listed.empty() || listed.back() != entry)) {
      listed.push_back(entry);
    }
  }
  return listed;
}

TEST_F(BucketStoreTest, ListsAsTheSlowWayDoes) {
  Random random(7);
  const auto any_text = [&random](size_t longest) {
    std::string text;
    for (size_t size = random.Below(longest + 1); text.size() < size;) {
      text += "ab/\x01~"[random.Below(5)];
    }
    return text;
  };
  std::set<std::string> keys;
  for (int i = 0; i < 200; ++i) {
    const std::string key = "a" + any_text(6);
    if (keys.insert(key).second) {
      ASSERT_TRUE(Put(key, ""));
    }
  }
  for (int i = 0; i < 500; ++i) {
    const ListRequest request{.prefix = any_text(2),
                              .after = random.Chance(1, 2) ? any_text(4) : "",
                              .delimiter = random.Chance(1, 3) ? any_text(2) : "/",
                              .limit = 1 + random.Below(20)};
    EXPECT_EQ(List(request), Expected(keys, request))
        << "prefix '" << request.prefix << "' after '" << request.after << "' delimiter '"
        << request.delimiter << "' limit " << request.limit;
  }
}

}  // namespace
}  // namespace ticklake::store
