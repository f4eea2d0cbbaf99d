// The service as a client sees it: operations over a real store, hostile keys, bounds of callers.
#include "aws/s3/s3_service.h"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <ranges>
#include <set>
#include <thread>

#include "aws/s3/checksums.h"
#include "aws/s3/lake_bucket.h"
#include "aws/s3/operations.h"
#include "aws/s3/service_under_test.h"
#include "base/base64.h"
#include "base/memory_fs.h"
#include "base/random.h"
#include "store/object_store.h"

namespace ticklake::aws::s3 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class S3ServiceTest : public ::testing::Test {
 protected:
  S3ServiceTest() { EXPECT_EQ(s3_.Ask("PUT", "/bucket").status, 200); }

  ServiceUnderTest s3_;
};

TEST_F(S3ServiceTest, PutsAndGetsWithItsFacts) {
  const Answer put = s3_.Ask("PUT", "/bucket/a%20b", "hello",
                             {{"content-type", "text/plain"},
                              {"content-encoding", "aws-chunked,gzip"},
                              {"x-amz-meta-who", "me"},
                              {"x-amz-tagging", "k=v"},
                              {"cache-control", "no-cache"}});
  EXPECT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(put.fields.at("ETag"), "\"5d41402abc4b2a76b9719d911017c592\"");
  EXPECT_EQ(put.fields.at("x-amz-request-id"), "ID");
  EXPECT_TRUE(put.fields.contains("x-amz-checksum-crc64nvme"));
  const Answer get = s3_.Ask("GET", "/bucket/a%20b?response-cache-control=x", "",
                             {{"x-amz-checksum-mode", "ENABLED"}});
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(get.body, "hello");
  EXPECT_EQ(get.type, "text/plain");
  EXPECT_EQ(get.fields.at("content-encoding"), "gzip");
  EXPECT_EQ(get.fields.at("cache-control"), "x");
  EXPECT_EQ(get.fields.at("x-amz-meta-who"), "me");
  EXPECT_EQ(get.fields.at("x-amz-tagging-count"), "1");
  EXPECT_EQ(get.fields.at("Last-Modified"), "Tue, 14 Nov 2023 22:13:20 GMT");
  EXPECT_EQ(get.fields.at("x-amz-checksum-type"), "FULL_OBJECT");
  const Answer head = s3_.Ask("HEAD", "/bucket/a%20b");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.fields.at("Content-Length"), "5");
  const Answer part = s3_.Ask("GET", "/bucket/a%20b", "", {{"range", "bytes=1-3"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "ell");
  EXPECT_EQ(part.fields.at("Content-Range"), "bytes 1-3/5");
}

TEST_F(S3ServiceTest, ErrorsNameThingAndCause) {
  const Answer missing = s3_.Ask("GET", "/bucket/no%3Cpe");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.Element("Code"), "NoSuchKey");
  EXPECT_EQ(missing.Element("Key"), "no&lt;pe");
  EXPECT_EQ(missing.Element("RequestId"), "ID");
  EXPECT_EQ(s3_.Ask("HEAD", "/bucket/nope").body, "");
  EXPECT_EQ(s3_.Ask("GET", "/other/nope").Element("Code"), "NoSuchBucket");
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/x", "a", {{"content-md5", "xx"}}).Element("Code"),
            "InvalidDigest");
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/x", "a", {{"content-md5", Base64(std::string(16, 'x'))}})
                .Element("Code"),
            "BadDigest");
  EXPECT_EQ(
      s3_.Ask("PUT", "/bucket/x", "a", {{"x-amz-checksum-crc32", "AAAAAA=="}}).Element("Code"),
      "BadDigest");
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/x", "a", {{"x-amz-server-side-encryption", "aws:kms"}}).status,
            501);
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/x", "a", {{"x-amz-acl", "public-read"}}).Element("Code"),
            "AccessControlListNotSupported");
  EXPECT_EQ(s3_.Ask("GET", "/bucket/x").status, 404) << "what was refused has left nothing";
}

TEST_F(S3ServiceTest, AMethodThatASubResourceLacksNeverMeansTheBucket) {
  for (const char* target :
       {"/bucket?uploads", "/bucket?versions", "/bucket?acl", "/bucket?location", "/bucket?delete",
        "/bucket/k?acl", "/bucket/k?retention"}) {
    const Answer answer = s3_.Ask("DELETE", target);
    EXPECT_EQ(answer.status, 405) << target;
    EXPECT_EQ(answer.Element("Code"), "MethodNotAllowed");
  }
  EXPECT_EQ(s3_.Ask("HEAD", "/bucket").status, 200);
  EXPECT_EQ(s3_.Ask("PUT", "/bucket?website", "<x/>").Element("Code"), "NotImplemented");
}

TEST_F(S3ServiceTest, EncryptionIsToldAllAlongAskedForOrNot) {
  const std::map<std::string, std::string> aes{{"x-amz-server-side-encryption", "AES256"}};
  const auto told = [](const Answer& answer) {
    const auto it = answer.fields.find("x-amz-server-side-encryption");
    return it == answer.fields.end() ? "" : it->second;
  };
  EXPECT_EQ(told(s3_.Ask("PUT", "/bucket/k", "x", aes)), "AES256");
  EXPECT_EQ(told(s3_.Ask("GET", "/bucket/k")), "AES256");
  EXPECT_EQ(told(s3_.Ask("HEAD", "/bucket/k")), "AES256");
  std::map<std::string, std::string> copy{{"x-amz-copy-source", "bucket/k"}};
  EXPECT_EQ(told(s3_.Ask("PUT", "/bucket/copy", "", copy)), "AES256");
  EXPECT_EQ(told(s3_.Ask("PUT", "/bucket/plain", "x")), "AES256");
  copy.insert(aes.begin(), aes.end());
  EXPECT_EQ(told(s3_.Ask("PUT", "/bucket/copy", "", copy)), "AES256");
  const Answer begun = s3_.Ask("POST", "/bucket/parts?uploads", "", aes);
  EXPECT_EQ(told(begun), "AES256");
  const std::string id = begun.Element("UploadId");
  EXPECT_EQ(told(s3_.Ask("PUT", "/bucket/parts?partNumber=1&uploadId=" + id, "x")), "AES256");
  const Answer part = s3_.Ask("PUT", "/bucket/parts?partNumber=1&uploadId=" + id, "",
                              {{"x-amz-copy-source", "bucket/k"}});
  EXPECT_EQ(told(part), "AES256");
  const Answer done =
      s3_.Ask("POST", "/bucket/parts?uploadId=" + id,
              fmt::format("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
                          "<ETag>{}</ETag></Part></CompleteMultipartUpload>",
                          part.Element("ETag")));
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(told(done), "AES256");
  EXPECT_EQ(told(s3_.Ask("GET", "/bucket/parts")), "AES256");
  for (const char* other : {"aws:kms", "aws:kms:dsse"}) {
    EXPECT_EQ(
        s3_.Ask("PUT", "/bucket/k", "x", {{"x-amz-server-side-encryption", other}}).Element("Code"),
        "NotImplemented");
  }
  EXPECT_EQ(
      s3_.Ask("PUT", "/bucket/k", "x", {{"x-amz-server-side-encryption", "ROT13"}}).Element("Code"),
      "InvalidArgument");
}

TEST_F(S3ServiceTest, WhatIsOffSaysWhatItWouldNotTake) {
  EXPECT_EQ(s3_.Ask("PUT", "/bucket?object-lock").Element("Code"), "InvalidBucketState");
  EXPECT_EQ(s3_.Ask("PUT", "/bucket?replication").Element("Code"), "InvalidRequest");
  ASSERT_EQ(s3_.Ask("PUT", "/bucket/k", "x").status, 200);
  EXPECT_EQ(s3_.Ask("POST", "/bucket/none?restore").Element("Code"), "NoSuchKey");
  const Answer restore = s3_.Ask("POST", "/bucket/k?restore");
  EXPECT_EQ(restore.status, 403);
  EXPECT_EQ(restore.Element("Code"), "InvalidObjectState");
  EXPECT_EQ(restore.Element("StorageClass"), "STANDARD");
  for (const auto& [status, code] : std::map<std::string, std::string>{
           {"Suspended", ""}, {"Enabled", "NotImplemented"}, {"Perhaps", "MalformedXML"}}) {
    const Answer put = s3_.Ask("PUT", "/bucket?accelerate",
                               fmt::format("<AccelerateConfiguration><Status>{}</Status>"
                                           "</AccelerateConfiguration>",
                                           status));
    EXPECT_EQ(put.Element("Code"), code) << status;
  }
}

TEST_F(S3ServiceTest, ConditionalWrites) {
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/k", "1", {{"if-match", "*"}}).Element("Code"), "NoSuchKey");
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/k", "1", {{"if-none-match", "*"}}).status, 200);
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/k", "2", {{"if-none-match", "*"}}).Element("Code"),
            "PreconditionFailed");
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/k", "2", {{"if-match", "\"x\""}}).status, 412);
  EXPECT_EQ(s3_.Ask("DELETE", "/bucket/k", "", {{"if-match", "\"x\""}}).status, 412);
  EXPECT_EQ(s3_.Ask("GET", "/bucket/k").body, "1");
  const std::string etag = s3_.Ask("HEAD", "/bucket/k").fields.at("ETag");
  EXPECT_EQ(s3_.Ask("GET", "/bucket/k", "", {{"if-none-match", etag}}).status, 304);
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/k", "2", {{"if-match", etag}}).status, 200);
  EXPECT_EQ(s3_.Ask("GET", "/bucket/k").body, "2");
}

// The keys of a list, page by page.
std::vector<std::string> Keys(ServiceUnderTest& s3, const std::string& query) {
  std::vector<std::string> keys;
  std::string token;
  while (true) {
    const Answer page = s3.Ask(
        "GET", "/bucket?list-type=2&" + query +
                   (token.empty() ? "" : "&continuation-token=" + net::PercentEncode(token)));
    EXPECT_EQ(page.status, 200) << page.body;
    for (const std::string open : {"<Key>", "<CommonPrefixes><Prefix>"}) {
      for (size_t at = page.body.find(open); at != std::string::npos;
           at = page.body.find(open, at + 1)) {
        const size_t begin = at + open.size();
        const auto parsed =
            net::ParseTarget("/" + page.body.substr(begin, page.body.find('<', begin) - begin));
        keys.push_back(parsed->path.substr(1));
      }
    }
    token = page.Element("NextContinuationToken");
    if (token.empty()) return keys;
  }
}

TEST_F(S3ServiceTest, ListsPageByPage) {
  for (const char* key : {"a", "b/1", "b/2", "c/1", "d"}) {
    ASSERT_EQ(s3_.Ask("PUT", std::string("/bucket/") + key, "x").status, 200);
  }
  EXPECT_THAT(Keys(s3_, "encoding-type=url&max-keys=1&delimiter=/"),
              ElementsAre("a", "b/", "c/", "d"));
  EXPECT_THAT(Keys(s3_, "encoding-type=url&prefix=b/&max-keys=1"), ElementsAre("b/1", "b/2"));
  EXPECT_THAT(Keys(s3_, "encoding-type=url&start-after=b/1"), ElementsAre("b/2", "c/1", "d"));
  const Answer none = s3_.Ask("GET", "/bucket?max-keys=0");
  EXPECT_EQ(none.Element("IsTruncated"), "false");
  EXPECT_EQ(none.Element("MaxKeys"), "0");
  for (const char* bad :
       {"max-keys=x", "max-keys=-1", "encoding-type=base64", "list-type=2&continuation-token=zz",
        "allow-unordered=true&delimiter=/"}) {
    EXPECT_EQ(s3_.Ask("GET", std::string("/bucket?") + bad).Element("Code"), "InvalidArgument")
        << bad;
  }
}

std::string HostileKey(Random& random) {
  static const std::vector<std::string> kPieces = {
      "..",  ".",    "/",    "//",      "\\",     "%2e%2e", "%2F",        "%00",
      "~",   "$(x)", "`id`", "é",       "\u202e", "😀",     "\x01",       "\n",
      "\t",  " ",    "+",    "con.txt", "*",      "?",      "#",          "&",
      "<k>", "\"'",  ";--",  "a",       "B",      "-",      "etc/passwd", "../../up.lock"};
  std::string key;
  const uint64_t pieces = 1 + random.Below(8);
  for (uint64_t i = 0; i < pieces; ++i) key += kPieces[random.Below(kPieces.size())];
  return key;
}

TEST_F(S3ServiceTest, TwoThousandHostileKeysStayTheKeysThatTheyAre) {
  Random random(11);
  std::map<std::string, std::string> model;
  while (model.size() < 2'000) {
    const std::string key = HostileKey(random);
    if (key.find_first_not_of('/') == std::string::npos) continue;  // "/bucket//" is a list
    model.emplace(key, std::to_string(model.size()));
  }
  std::vector<std::pair<std::string, std::string>> todo(model.begin(), model.end());
  std::atomic<size_t> next = 0;
  std::vector<std::jthread> clients(32);  // which share the disk's flushes
  for (std::jthread& client : clients) {
    client = std::jthread([&] {
      for (size_t i = next++; i < todo.size(); i = next++) {
        const auto& [key, bytes] = todo[i];
        const Answer put = s3_.Ask("PUT", "/bucket/" + net::PercentEncode(key), bytes);
        EXPECT_EQ(put.status, 200) << key << put.body;
      }
    });
  }
  clients.clear();
  for (const auto& [key, bytes] : model) {
    EXPECT_EQ(s3_.Ask("GET", "/bucket/" + net::PercentEncode(key)).body, bytes) << key;
  }
  std::vector<std::string> keys;
  std::ranges::copy(model | std::views::keys, std::back_inserter(keys));
  EXPECT_EQ(Keys(s3_, "encoding-type=url"), keys);
  // Nothing but the store's own files, below the store's own folder.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(s3_.folder())) {
    EXPECT_THAT(entry.path().string(), Not(HasSubstr("passwd")));
    EXPECT_THAT(entry.path().string(), Not(HasSubstr("up.lock")));
  }
  EXPECT_FALSE(std::filesystem::exists(s3_.folder().parent_path() / "up.lock"));
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/a%00b", "x").Element("Code"), "InvalidURI");
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/%c0%ae%c0%ae", "x").Element("Code"), "InvalidURI");
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/" + std::string(1025, 'k'), "x").Element("Code"),
            "KeyTooLongError");
}

TEST_F(S3ServiceTest, MultipartByTheRules) {
  const std::string id =
      s3_.Ask("POST", "/bucket/big?uploads", "", {{"x-amz-checksum-algorithm", "SHA256"}})
          .Element("UploadId");
  ASSERT_NE(id, "");
  const std::string five(5 << 20, 'x');
  const auto part = [&](int number, const std::string& bytes) {
    return s3_.Ask("PUT", fmt::format("/bucket/big?partNumber={}&uploadId={}", number, id), bytes)
        .fields.at("ETag");
  };
  const auto complete = [&](const std::string& parts) {
    return s3_.Ask("POST", "/bucket/big?uploadId=" + id,
                   "<CompleteMultipartUpload>" + parts + "</CompleteMultipartUpload>");
  };
  const auto element = [](int number, const std::string& etag) {
    return fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number, etag);
  };
  const std::string small = part(1, "small");
  const std::string last = part(3, "last");
  EXPECT_EQ(complete(element(1, small) + element(3, last)).Element("Code"), "EntityTooSmall");
  const std::string first = part(1, five);
  EXPECT_EQ(complete(element(3, last) + element(1, first)).Element("Code"), "InvalidPartOrder");
  EXPECT_EQ(complete(element(1, small) + element(3, last)).Element("Code"), "InvalidPart");
  EXPECT_EQ(complete(element(1, first) + element(2, last)).Element("Code"), "InvalidPart");
  EXPECT_EQ(complete("").Element("Code"), "MalformedXML");
  EXPECT_EQ(s3_.Ask("GET", "/bucket/big").status, 404);
  const std::string parts = element(1, first) + element(3, last);
  const Answer done = complete(parts);
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_THAT(done.Element("ETag"), HasSubstr("-2"));
  EXPECT_THAT(done.Element("ChecksumSHA256"), HasSubstr("-2"));
  EXPECT_EQ(complete(parts).Element("ETag"), done.Element("ETag")) << "asked again";
  EXPECT_EQ(complete(element(1, first)).Element("Code"), "NoSuchUpload");
  EXPECT_EQ(s3_.Ask("GET", "/bucket/big").body, five + "last");
  const Answer second = s3_.Ask("GET", "/bucket/big?partNumber=2");
  EXPECT_EQ(second.status, 206);
  EXPECT_EQ(second.body, "last");
  EXPECT_EQ(second.fields.at("x-amz-mp-parts-count"), "2");
  EXPECT_EQ(s3_.Ask("GET", "/bucket/big?partNumber=3").Element("Code"), "InvalidPartNumber");
  EXPECT_EQ(s3_.Ask("PUT", "/bucket/big?partNumber=0&uploadId=" + id, "x").Element("Code"),
            "InvalidArgument");
}

TEST_F(S3ServiceTest, KeysThatMayLess) {
  ASSERT_EQ(s3_.Ask("PUT", "/other").status, 200);
  ASSERT_EQ(s3_.Ask("PUT", "/bucket/mine/k", "1").status, 200);
  ASSERT_EQ(s3_.Ask("PUT", "/bucket/mine2/k", "1").status, 200);
  const auto denied = [&](const std::string& method, const std::string& target,
                          std::map<std::string, std::string> headers = {}) {
    const Answer answer = s3_.Ask(method, target, "", std::move(headers));
    EXPECT_EQ(answer.status == 403, answer.Element("Code") == "AccessDenied" || method == "HEAD");
    return answer.status == 403;
  };
  s3_.caller.read_only = true;
  EXPECT_TRUE(denied("PUT", "/bucket/mine/k"));
  EXPECT_TRUE(denied("DELETE", "/bucket/mine/k"));
  EXPECT_TRUE(denied("POST", "/bucket/mine/k?uploads"));
  EXPECT_TRUE(denied("POST", "/bucket?delete"));
  EXPECT_TRUE(denied("PUT", "/bucket?cors"));
  EXPECT_FALSE(denied("GET", "/bucket/mine/k"));
  s3_.caller.read_only = false;
  s3_.caller.scope = "bucket/mine";
  EXPECT_FALSE(denied("GET", "/bucket/mine/k"));
  EXPECT_FALSE(denied("PUT", "/bucket/mine/k2"));
  EXPECT_FALSE(denied("GET", "/bucket?list-type=2&prefix=mine/"));
  EXPECT_FALSE(denied("GET", "/bucket?location"));
  EXPECT_TRUE(denied("GET", "/bucket/mine2/k"));
  EXPECT_TRUE(denied("HEAD", "/other"));
  EXPECT_TRUE(denied("GET", "/bucket?list-type=2"));
  EXPECT_TRUE(denied("GET", "/bucket?list-type=2&prefix=mine"));
  EXPECT_TRUE(denied("GET", "/bucket?versions&prefix=mine2/"));
  EXPECT_TRUE(denied("DELETE", "/bucket"));
  EXPECT_TRUE(denied("PUT", "/bucket?tagging"));
  EXPECT_TRUE(denied("PUT", "/third"));
  EXPECT_TRUE(denied("PUT", "/bucket/mine/c", {{"x-amz-copy-source", "bucket/mine2/k"}}));
  EXPECT_FALSE(denied("PUT", "/bucket/mine/c", {{"x-amz-copy-source", "bucket/mine/k"}}));
  const std::string doom =
      "<Delete><Object><Key>mine/c</Key></Object><Object><Key>mine2/k</Key></Object></Delete>";
  Digest digest({});
  digest.Update(doom);
  digest.Finish();
  const Answer deleted =
      s3_.Ask("POST", "/bucket?delete", doom, {{"content-md5", Base64(digest.md5())}});
  EXPECT_THAT(deleted.body, HasSubstr("<Deleted><Key>mine/c</Key></Deleted>"));
  EXPECT_THAT(deleted.body, HasSubstr("<Error><Key>mine2/k</Key><Code>AccessDenied"));
  const std::string buckets = s3_.Ask("GET", "/").body;
  EXPECT_THAT(buckets, HasSubstr("<Name>bucket</Name>"));
  EXPECT_THAT(buckets, Not(HasSubstr("<Name>other</Name>")));
}

TEST(LakeBucketTest, ShowsTheLakeAndRefusesToWrite) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("tl-lake-" + Uuid::Random().ToString());
  auto lake = store::OpenDirectoryStore(PosixFileSystem(), folder.string()).value();
  std::set<std::string> keys;
  for (const char* key : {"market/a-b/data/1.parquet", "market/a/data/1.parquet",
                          "market/a/data/x/2.parquet", "market/a0", "zoo"}) {
    ASSERT_TRUE(lake->Put(key, key));
    keys.insert(key);
  }
  LakeBucket bucket("ticklake", *lake, {}, ParseUtc("2026-11-25T09:00:00Z").value());
  // Every page of every list is what a sorted set says.
  for (const std::string prefix :
       {"", "m", "market/", "market/a", "market/a/data/", "none/", "/"}) {
    for (const std::string delimiter : {"", "/", "data"}) {
      std::vector<std::string> expected;
      for (const std::string& key : keys) {
        if (!key.starts_with(prefix)) continue;
        const size_t cut =
            delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
        std::string shown = cut == std::string::npos ? key : key.substr(0, cut + delimiter.size());
        if (expected.empty() || expected.back() != shown) expected.push_back(std::move(shown));
      }
      for (const size_t limit : {1, 2, 1000}) {
        std::vector<std::string> listed;
        store::ListRequest request{.prefix = prefix, .delimiter = delimiter, .limit = limit};
        while (true) {
          const auto page = bucket.List("ticklake", request).value();
          for (const auto& entry : page.entries) listed.push_back(entry.object.key);
          if (!page.more) break;
          request.after = listed.back();
        }
        EXPECT_EQ(listed, expected) << prefix << " by " << delimiter << " of " << limit;
      }
    }
  }
  ServiceUnderTest s3(&bucket);
  EXPECT_EQ(s3.Ask("GET", "/").Element("CreationDate"), "2026-11-25T09:00:00.000Z");
  EXPECT_EQ(s3.Ask("GET", "/ticklake/zoo").body, "zoo");
  EXPECT_EQ(s3.Ask("HEAD", "/ticklake/zoo").fields.at("Content-Length"), "3");
  for (const char* key : {"market", "market/", "%2E%2E/x", "market//a0", "market/a0/"}) {
    EXPECT_EQ(s3.Ask("GET", std::string("/ticklake/") + key).Element("Code"), "NoSuchKey") << key;
  }
  EXPECT_EQ(s3.Ask("PUT", "/ticklake/zoo", "x").Element("Code"), "AccessDenied");
  EXPECT_EQ(s3.Ask("DELETE", "/ticklake/zoo").Element("Code"), "AccessDenied");
  EXPECT_EQ(s3.Ask("DELETE", "/ticklake").Element("Code"), "AccessDenied");
  EXPECT_EQ(s3.Ask("PUT", "/ticklake").Element("Code"), "BucketAlreadyExists");
  EXPECT_EQ(lake->Get("zoo").value(), "zoo");
  std::filesystem::remove_all(folder);
}

TEST(S3PageTest, ListsEveryOperation) {
  const auto root = std::filesystem::path(__FILE__).parent_path() / "../../..";
  std::ifstream in(root / "docs/s3.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  std::string table;
  for (const Operation& operation : Operations()) {
    table += fmt::format("| {} | {} | {} | {} |\n", operation.name, operation.method,
                         SupportName(operation.support), operation.note);
  }
  EXPECT_THAT(page, HasSubstr(table)) << "docs/s3.md must hold the table above";
}

class LakeWritesTest : public testing::Test {
 protected:
  LakeWritesTest() {
    lake_ = store::OpenDirectoryStore(fs_, "/lake").value();
    staging_ = store::OpenBucketStore(PosixFileSystem(), folder_.string(), clock_).value();
    const auto below = [](const std::string& prefix) {
      return [prefix](const std::string& key) -> Result<void> {
        if (key.starts_with(prefix)) return {};
        return Fail(Code::kAuth, "{}: no table's", key);
      };
    };
    const auto may_delete = [below](const std::string& key, bool taken) -> Result<void> {
      if (taken && key.ends_with("lost")) return {};
      return below("market/a-gone/")(key);
    };
    LakeWrites writes{staging_.get(), below("market/a"), [may_delete] { return may_delete; }};
    bucket_ = std::make_unique<LakeBucket>("ticklake", *lake_, std::move(writes));
  }
  ~LakeWritesTest() override {
    bucket_.reset();
    staging_.reset();
    std::filesystem::remove_all(folder_);
  }
  Result<store::Object> Put(const std::string& key, const std::string& bytes,
                            const store::WriteCondition& condition = {}) {
    TL_ASSIGN(auto upload, bucket_->Begin("ticklake"));
    TL_TRY(upload->Append(bytes));
    return bucket_->Finish(std::move(upload), key, {.etag = "e"}, condition);
  }

  MemoryFileSystem fs_;
  ManualClock clock_{1};
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("tl-up-" + Uuid::Random().ToString());
  std::unique_ptr<store::ObjectStore> lake_;
  std::unique_ptr<store::BucketStore> staging_;
  std::unique_ptr<LakeBucket> bucket_;
};

TEST_F(LakeWritesTest, TakesNewFilesOnce) {
  EXPECT_EQ(Put("market/a/data/1.parquet", "one").value().facts.etag, "e");
  EXPECT_EQ(lake_->Get("market/a/data/1.parquet").value(), "one");
  EXPECT_EQ(bucket_->Head("ticklake", "market/a/data/1.parquet").value().facts.etag, "e");
  EXPECT_EQ(bucket_->List("ticklake", {}).value().entries.at(0).object.facts.etag, "e");
  EXPECT_EQ(Put("market/a/data/1.parquet", "two").error().code, Code::kAuth);
  EXPECT_EQ(Put("market/a/data/1.parquet", "two", {.if_absent = true}).error().code,
            Code::kConflict);
  EXPECT_EQ(Put("market/a/data/2.parquet", "", {.if_match = "x"}).error().code, Code::kNotFound);
  EXPECT_EQ(Put("market/b/data/1.parquet", "one").error().code, Code::kAuth);
  EXPECT_EQ(Put("market/a/../b/1.parquet", "one").error().code, Code::kAuth);
  EXPECT_EQ(bucket_->Delete("ticklake", "market/a/data/1.parquet", {}).error().code, Code::kAuth);
  EXPECT_EQ(lake_->Get("market/a/data/1.parquet").value(), "one");
  EXPECT_EQ(lake_->List("").value().size(), 1U);
  EXPECT_TRUE(staging_->List("ticklake", {}).value().entries.empty());
}

TEST_F(LakeWritesTest, DeletesWhatMayBeDeleted) {
  const std::string key = "market/a-gone/data/1.parquet";
  const auto object = Put(key, "one").value();
  EXPECT_EQ(bucket_->Delete("ticklake", key, {.if_match = "x"}).error().code, Code::kConflict);
  EXPECT_TRUE(bucket_->Delete("ticklake", key, {.if_match = object.facts.etag}));
  EXPECT_EQ(lake_->Get(key).error().code, Code::kNotFound);
  EXPECT_TRUE(bucket_->Delete("ticklake", key, {})) << "S3 says the same when it is gone";
  EXPECT_NE(Put(key, "two").value().facts.etag, "");
  ASSERT_TRUE(Put("market/a/data/lost", "mine"));
  ASSERT_TRUE(lake_->PutIfAbsent("market/a/data/also lost", "the sink's"));
  EXPECT_TRUE(bucket_->Delete("ticklake", "market/a/data/lost", {}));
  EXPECT_EQ(bucket_->Delete("ticklake", "market/a/data/also lost", {}).error().code, Code::kAuth);
  EXPECT_EQ(bucket_->Delete("ticklake", "market/a-gone/../b", {}).error().code, Code::kAuth);
}

TEST_F(LakeWritesTest, ClearsWhatACrashLeftStaged) {
  ASSERT_TRUE(bucket_->Recover());
  const std::string key = "market/a/data/";
  const auto upload = bucket_->BeginMultipart("ticklake", key + "open", {}).value();
  auto part = bucket_->Begin("ticklake").value();
  ASSERT_TRUE(part->Append("part"));
  ASSERT_TRUE(bucket_->FinishPart(std::move(part), upload, {.number = 1, .etag = "p"}));
  // Staged, and not taken in.
  auto staged = staging_->Begin("ticklake").value();
  ASSERT_TRUE(staged->Append(std::string(100'000, 'x')));
  ASSERT_TRUE(staging_->Finish(std::move(staged), key + "half", {.etag = "e"}, {}));

  bucket_ = std::make_unique<LakeBucket>(
      "ticklake", *lake_,
      LakeWrites{staging_.get(), [](const std::string&) -> Result<void> { return {}; }});
  ASSERT_TRUE(bucket_->Recover());
  EXPECT_TRUE(staging_->List("ticklake", {}).value().entries.empty());
  EXPECT_FALSE(lake_->Head(key + "half"));
  EXPECT_EQ(bucket_->ListMultiparts("ticklake").value().size(), 1U);
  const auto made = bucket_->CompleteMultipart("ticklake", upload.id, {1}, {.etag = "e-1"}, {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(lake_->Get(key + "open").value(), "part");
}

TEST_F(LakeWritesTest, OfTwoWritersOfAKeyOneWinsWithItsOwnBytes) {
  for (int round = 0; round < 20; ++round) {
    const std::string key = fmt::format("market/a/data/{}", round);
    std::vector<std::string> acked(4);
    {
      std::vector<std::jthread> writers;
      writers.reserve(acked.size());
      for (size_t i = 0; i < acked.size(); ++i) {
        writers.emplace_back([&, i] {
          auto upload = bucket_->Begin("ticklake").value();
          const std::string bytes(i + 1, static_cast<char>('a' + i));
          ASSERT_TRUE(upload->Append(bytes));
          const auto done = bucket_->Finish(std::move(upload), key, {.etag = bytes}, {});
          if (done) {
            acked[i] = bytes;
          } else {
            EXPECT_EQ(done.error().code, Code::kAuth) << done.error().message;
          }
        });
      }
    }
    std::erase(acked, "");
    EXPECT_LE(acked.size(), 1U);
    if (!acked.empty()) {
      EXPECT_EQ(lake_->Get(key).value(), acked.front());
    }
    EXPECT_TRUE(staging_->List("ticklake", {}).value().entries.empty());
  }
}

TEST_F(LakeWritesTest, TakesFilesInParts) {
  const std::string key = "market/a/data/big.parquet";
  EXPECT_EQ(bucket_->BeginMultipart("ticklake", "market/b/x", {}).error().code, Code::kAuth);
  const auto upload = bucket_->BeginMultipart("ticklake", key, {}).value();
  for (int number = 1; number <= 2; ++number) {
    auto bytes = bucket_->Begin("ticklake").value();
    ASSERT_TRUE(bytes->Append(std::string(3, static_cast<char>('0' + number))));
    ASSERT_TRUE(bucket_->FinishPart(std::move(bytes), upload, {.number = number, .etag = "p"}));
  }
  EXPECT_EQ(bucket_->ListParts("ticklake", upload.id).value().size(), 2U);
  EXPECT_FALSE(lake_->Head(key));
  const auto made = bucket_->CompleteMultipart("ticklake", upload.id, {1, 2}, {.etag = "e-2"}, {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(lake_->Get(key).value(), "111222");
  EXPECT_EQ(bucket_->AbortMultipart("ticklake", upload.id).error().code, Code::kNotFound);
  const auto other = bucket_->BeginMultipart("ticklake", "market/a/data/other", {}).value();
  EXPECT_TRUE(bucket_->AbortMultipart("ticklake", other.id));
}

}  // namespace
}  // namespace ticklake::aws::s3
