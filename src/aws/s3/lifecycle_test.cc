// Lifecycle rules: which are taken, what they say to clients, and what they do as days go by.
#include "aws/s3/lifecycle.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <thread>

#include "aws/s3/lifecycle_runner.h"
#include "aws/s3/service_under_test.h"

namespace ticklake::aws::s3 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Nanos kHour = kDay / 24;

std::string Rules(const std::string& rules) {
  return "<LifecycleConfiguration>" + rules + "</LifecycleConfiguration>";
}

std::string Rule(const std::string& inner, const std::string& filter = "<Filter/>",
                 const std::string& id = "r") {
  return "<Rule><ID>" + id + "</ID><Status>Enabled</Status>" + filter + inner + "</Rule>";
}

std::string Days(int days) {
  return "<Expiration><Days>" + std::to_string(days) + "</Days></Expiration>";
}

// The service's clock stands at 2023-11-14T22:13:20Z when it begins.
class LifecycleTest : public ::testing::Test {
 protected:
  LifecycleTest() { EXPECT_EQ(s3_.Ask("PUT", "/buc").status, 200); }

  Answer Put(const std::string& rules) { return s3_.Ask("PUT", "/buc?lifecycle", Rules(rules)); }
  std::string CodeOf(const std::string& rules) { return Put(rules).Element("Code"); }
  void PutObject(const std::string& key, const std::string& body = "x",
                 const std::string& tags = "") {
    std::map<std::string, std::string> headers;
    if (!tags.empty()) headers["x-amz-tagging"] = tags;
    ASSERT_EQ(s3_.Ask("PUT", "/buc/" + key, body, headers).status, 200);
  }
  // All keys that there are.
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    const auto page = s3_.store().List("buc", {});
    for (const auto& entry : page->entries) keys.push_back(entry.object.key);
    return keys;
  }
  LifecycleResult Run() {
    const auto result = runner_.RunOnce();
    EXPECT_TRUE(result.has_value());
    return result.value_or(LifecycleResult{});
  }
  // As it goes by for one who looks every half hour.
  void Wait(Nanos span) {
    for (; span > 0; span -= kHour / 2) {
      s3_.clock().Advance(kHour / 2);
      Run();
    }
  }

  ServiceUnderTest s3_;
  LifecycleRunner runner_{s3_.store(), s3_.clock()};
};

// A real store in which something happens between the look at objects and their deletion.
class InBetween : public store::BucketStore {
 public:
  InBetween(store::BucketStore& inner, std::function<void()> happens)
      : inner_(inner), happens_(std::move(happens)) {}

  std::vector<Result<void>> DeleteAll(const std::string& bucket,
                                      std::span<const store::Doomed> objects) override {
    happens_();
    return inner_.DeleteAll(bucket, objects);
  }
  Result<void> AbortMultipart(const std::string& bucket, const std::string& id) override {
    happens_();
    return inner_.AbortMultipart(bucket, id);
  }
  Result<store::Bucket> GetBucket(const std::string& name) override {
    return inner_.GetBucket(name);
  }
  Result<std::vector<store::Bucket>> ListBuckets() override { return inner_.ListBuckets(); }
  Result<store::Object> Head(const std::string& bucket, const std::string& key) override {
    return inner_.Head(bucket, key);
  }
  Result<store::ListPage> List(const std::string& bucket,
                               const store::ListRequest& request) override {
    return inner_.List(bucket, request);
  }
  Result<std::vector<store::MultipartUpload>> ListMultiparts(const std::string& bucket) override {
    return inner_.ListMultiparts(bucket);
  }

  // Not of the runner.
  Result<void> CreateBucket(const store::Bucket&) override { return No(); }
  Result<void> SetBucketFact(const std::string&, const std::string&, const std::string&) override {
    return No();
  }
  Result<void> DeleteBucket(const std::string&) override { return No(); }
  Result<std::unique_ptr<store::Upload>> Begin(const std::string&) override { return No(); }
  Result<store::Object> Finish(std::unique_ptr<store::Upload>, const std::string&,
                               store::ObjectFacts, const store::WriteCondition&) override {
    return No();
  }
  Result<store::OpenObject> Open(const std::string&, const std::string&) override { return No(); }
  Result<void> SetTags(const std::string&, const std::string&, const store::Facts&) override {
    return No();
  }
  Result<void> Delete(const std::string&, const std::string&,
                      const store::WriteCondition&) override {
    return No();
  }
  Result<store::MultipartUpload> BeginMultipart(const std::string&, const std::string&,
                                                store::ObjectFacts) override {
    return No();
  }
  Result<store::MultipartUpload> GetMultipart(const std::string&, const std::string&) override {
    return No();
  }
  Result<store::Part> FinishPart(std::unique_ptr<store::Upload>, const store::MultipartUpload&,
                                 store::Part) override {
    return No();
  }
  Result<std::vector<store::Part>> ListParts(const std::string&, const std::string&) override {
    return No();
  }
  Result<store::Object> CompleteMultipart(const std::string&, const std::string&,
                                          const std::vector<int32_t>&, store::ObjectFacts,
                                          const store::WriteCondition&) override {
    return No();
  }

 private:
  static std::unexpected<Error> No() {
    return Fail(Code::kInternal, "the runner has no use for it");
  }

  store::BucketStore& inner_;
  const std::function<void()> happens_;
};

TEST_F(LifecycleTest, WhatReplacesAnExpiredObjectStays) {
  ASSERT_EQ(Put(Rule(Days(1), "<Filter/>", "a") +
                Rule("<AbortIncompleteMultipartUpload><DaysAfterInitiation>1"
                     "</DaysAfterInitiation></AbortIncompleteMultipartUpload>",
                     "<Filter/>", "b"))
                .status,
            200);
  PutObject("goes");
  PutObject("replaced");
  const std::string upload = s3_.Ask("POST", "/buc/aborted?uploads").Element("UploadId");
  int calls = 0;
  InBetween store(s3_.store(), [&] {
    if (++calls == 1) return PutObject("replaced");  // by the same bytes
    EXPECT_EQ(s3_.Ask("DELETE", "/buc/aborted?uploadId=" + upload).status, 204);
  });
  LifecycleRunner runner(store, s3_.clock());
  s3_.clock().Advance(3 * kDay);
  const auto result = runner.RunOnce();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->expired, 1);
  EXPECT_EQ(result->aborted, 0);
  EXPECT_EQ(calls, 2);
  EXPECT_THAT(Keys(), ElementsAre("replaced"));
}

TEST_F(LifecycleTest, WhatIsPutIsGivenBackAndMayBeTakenAway) {
  EXPECT_EQ(s3_.Ask("GET", "/buc?lifecycle").Element("Code"), "NoSuchLifecycleConfiguration");
  const std::string kept = Rules(Rule(Days(3), "<Filter><Prefix>tmp/</Prefix></Filter>"));
  EXPECT_EQ(s3_.Ask("PUT", "/buc?lifecycle", kept).status, 200);
  const Answer got = s3_.Ask("GET", "/buc?lifecycle");
  EXPECT_EQ(got.body, kept);
  EXPECT_EQ(got.fields.at("x-amz-transition-default-minimum-object-size"),
            "all_storage_classes_128K");
  EXPECT_EQ(s3_.Ask("DELETE", "/buc?lifecycle").status, 204);
  EXPECT_EQ(s3_.Ask("GET", "/buc?lifecycle").status, 404);
}

TEST_F(LifecycleTest, ARuleWithoutAnIdGetsOne) {
  const std::string rest = "<Status>Disabled</Status><Prefix>p</Prefix>" + Days(1);
  ASSERT_EQ(Put("<Rule>" + rest + "</Rule><Rule><ID></ID>" + rest + "</Rule>").status, 200);
  const auto rules = ParseLifecycle(s3_.Ask("GET", "/buc?lifecycle").body);
  ASSERT_TRUE(rules.has_value());
  EXPECT_EQ(rules->front().id.size(), 36U);
  EXPECT_EQ(rules->back().id.size(), 36U);
  EXPECT_NE(rules->front().id, rules->back().id);
}

TEST_F(LifecycleTest, WhatCannotBeCarriedOutIsRefused) {
  EXPECT_EQ(CodeOf(Rule("<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass>"
                        "</Transition>")),
            "NotImplemented");
  EXPECT_EQ(CodeOf(Rule(Days(1)) + Rule("<Transition/>", "<Filter/>", "s")), "NotImplemented");
  EXPECT_EQ(s3_.Ask("GET", "/buc?lifecycle").status, 404) << "nothing of it was kept";
  EXPECT_EQ(CodeOf(""), "MalformedXML");
  EXPECT_EQ(CodeOf(Rule("")), "InvalidRequest");
  EXPECT_EQ(CodeOf(Rule(Days(0))), "InvalidArgument");
  EXPECT_EQ(CodeOf(Rule("<Expiration><Days>-1</Days></Expiration>")), "InvalidArgument");
  EXPECT_EQ(CodeOf(Rule("<Expiration><Date>2024-01-01T08:00:00Z</Date></Expiration>")),
            "InvalidArgument");
  EXPECT_EQ(CodeOf(Rule("<Expiration><Date>soon</Date></Expiration>")), "MalformedXML");
  EXPECT_EQ(CodeOf(Rule("<Expiration/>")), "MalformedXML");
  EXPECT_EQ(CodeOf(Rule(Days(1)) + Rule(Days(2))), "InvalidArgument") << "the same ID";
  EXPECT_EQ(CodeOf(Rule(Days(1), "<Filter/>", std::string(256, 'i'))), "InvalidArgument");
  EXPECT_EQ(CodeOf(Rule(Days(1), "")), "MalformedXML");
  EXPECT_EQ(CodeOf(Rule(Days(1), "<Prefix/><Filter/>")), "MalformedXML");
  EXPECT_EQ(CodeOf("<Rule><Status>On</Status><Filter/>" + Days(1) + "</Rule>"), "MalformedXML");
  EXPECT_EQ(CodeOf(Rule("<AbortIncompleteMultipartUpload><DaysAfterInitiation>1"
                        "</DaysAfterInitiation></AbortIncompleteMultipartUpload>",
                        "<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>")),
            "InvalidRequest");
  EXPECT_EQ(
      CodeOf(Rule(Days(1), "<Filter><Prefix>p</Prefix><Tag><Key>k</Key><Value/></Tag></Filter>")),
      "MalformedXML");
  EXPECT_EQ(s3_.Ask("PUT", "/buc?lifecycle", Rules(Rule(Days(1))),
                    {{"x-amz-transition-default-minimum-object-size", "none"}})
                .Element("Code"),
            "InvalidArgument");
}

TEST_F(LifecycleTest, WhatIsSaidOfVersionsIsTrueOfNone) {
  EXPECT_EQ(Put(Rule("<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
                     "</NoncurrentVersionExpiration>"
                     "<NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays>"
                     "<StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>"
                     "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>"
                     "</Expiration>"))
                .status,
            200);
  PutObject("k");
  Wait(5 * kDay);
  EXPECT_THAT(Keys(), ElementsAre("k"));
}

TEST_F(LifecycleTest, ObjectsEndAtTheMidnightAfterTheirDays) {
  ASSERT_EQ(Put(Rule(Days(1), "<Filter><Prefix>tmp/</Prefix></Filter>", "a rule")).status, 200);
  PutObject("tmp/old");
  PutObject("other");
  EXPECT_EQ(s3_.Ask("HEAD", "/buc/tmp/old").fields.at("x-amz-expiration"),
            R"(expiry-date="Thu, 16 Nov 2023 00:00:00 GMT", rule-id="a%20rule")");
  EXPECT_FALSE(s3_.Ask("HEAD", "/buc/other").fields.contains("x-amz-expiration"));
  Wait(24 * kHour);  // until 15 Nov, 22:13
  PutObject("tmp/new");
  Wait(kHour);
  EXPECT_THAT(Keys(), ElementsAre("other", "tmp/new", "tmp/old"));
  Wait(kHour);
  EXPECT_THAT(Keys(), ElementsAre("other", "tmp/new"));
  Wait(kDay);
  EXPECT_THAT(Keys(), ElementsAre("other"));
}

TEST_F(LifecycleTest, ADateEndsWhatThereIsAndComes) {
  ASSERT_EQ(Put(Rule("<Expiration><Date>2023-11-16T00:00:00.000Z</Date></Expiration>")).status,
            200);
  PutObject("k");
  Wait(24 * kHour);
  EXPECT_THAT(Keys(), ElementsAre("k"));
  Wait(2 * kHour);
  EXPECT_THAT(Keys(), IsEmpty());
}

TEST_F(LifecycleTest, TagsAndSizesChoose) {
  ASSERT_EQ(Put(Rule(Days(1),
                     "<Filter><And><Prefix>p/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag>"
                     "<Tag><Key>l</Key><Value>w</Value></Tag>"
                     "<ObjectSizeGreaterThan>2</ObjectSizeGreaterThan>"
                     "<ObjectSizeLessThan>5</ObjectSizeLessThan></And></Filter>"))
                .status,
            200);
  PutObject("p/goes", "xxx", "k=v&l=w&more=1");
  PutObject("p/one-tag", "xxx", "k=v");
  PutObject("p/other-value", "xxx", "k=v&l=x");
  PutObject("p/small", "xx", "k=v&l=w");
  PutObject("p/large", "xxxxx", "k=v&l=w");
  PutObject("q/elsewhere", "xxx", "k=v&l=w");
  Wait(3 * kDay);
  EXPECT_THAT(Keys(),
              ElementsAre("p/large", "p/one-tag", "p/other-value", "p/small", "q/elsewhere"));
}

TEST_F(LifecycleTest, ManyObjectsGoPageByPage) {
  ASSERT_EQ(Put(Rule(Days(1), "<Filter><Prefix>p/</Prefix></Filter>")).status, 200);
  std::atomic<int> next = 0;
  std::vector<std::jthread> hands(16);  // so that they share flushes
  for (std::jthread& hand : hands) {
    hand = std::jthread([&] {
      for (int i = next++; i < 1'200; i = next++) {
        PutObject((i % 10 == 0 ? "q/" : "p/") + std::to_string(i));
      }
    });
  }
  hands.clear();
  s3_.clock().Advance(3 * kDay);
  EXPECT_EQ(Run().expired, 1'080);
  const auto left = s3_.store().List("buc", {.limit = 1'200});
  EXPECT_EQ(left->entries.size(), 120U);
}

TEST_F(LifecycleTest, UploadsThatNobodyCompletesAreAborted) {
  ASSERT_EQ(Put(Rule("<AbortIncompleteMultipartUpload><DaysAfterInitiation>2"
                     "</DaysAfterInitiation></AbortIncompleteMultipartUpload>",
                     "<Filter><Prefix>p/</Prefix></Filter>"))
                .status,
            200);
  const Answer begun = s3_.Ask("POST", "/buc/p/k?uploads");
  EXPECT_EQ(begun.fields.at("x-amz-abort-date"), "Fri, 17 Nov 2023 00:00:00 GMT");
  EXPECT_EQ(begun.fields.at("x-amz-abort-rule-id"), "r");
  ASSERT_EQ(s3_.Ask("POST", "/buc/q/k?uploads").status, 200);
  Wait(2 * kDay);
  EXPECT_EQ(s3_.store().ListMultiparts("buc")->size(), 2U);
  Wait(2 * kHour);
  const auto left = s3_.store().ListMultiparts("buc");
  ASSERT_EQ(left->size(), 1U);
  EXPECT_EQ(left->front().key, "q/k");
}

TEST_F(LifecycleTest, ADisabledRuleDoesNothing) {
  std::string rule = Rule(Days(1));
  rule.replace(rule.find("Enabled"), 7, "Disabled");
  ASSERT_EQ(Put(rule).status, 200);
  PutObject("k");
  EXPECT_FALSE(s3_.Ask("HEAD", "/buc/k").fields.contains("x-amz-expiration"));
  Wait(5 * kDay);
  EXPECT_THAT(Keys(), ElementsAre("k"));
}

TEST_F(LifecycleTest, ANewRuleIsHeededTheSameDay) {
  PutObject("k");
  ASSERT_EQ(Put(Rule(Days(50))).status, 200);
  Wait(3 * kDay);
  ASSERT_EQ(Put(Rule(Days(1))).status, 200);
  EXPECT_EQ(Run().expired, 1);
}

TEST_F(LifecycleTest, AClockThatJumpsEndsNothingUntilItHasRunEvenlyForAnHour) {
  ASSERT_EQ(Put(Rule(Days(1))).status, 200);
  PutObject("k");
  Wait(2 * kHour);
  s3_.clock().Jump(s3_.clock().Now() + 400 * kDay);  // set wrong by hand
  EXPECT_EQ(Run().expired, 0);
  s3_.clock().Advance(kHour / 2);
  EXPECT_EQ(Run().expired, 0);
  s3_.clock().Jump(s3_.clock().Now() - 400 * kDay);  // and right again
  Wait(2 * kHour);
  EXPECT_THAT(Keys(), ElementsAre("k"));
  s3_.clock().Jump(s3_.clock().Now() + 400 * kDay);  // it was right after all
  Wait(2 * kHour);
  EXPECT_THAT(Keys(), IsEmpty());
}

}  // namespace
}  // namespace ticklake::aws::s3
