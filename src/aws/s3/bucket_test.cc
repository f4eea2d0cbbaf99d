// Buckets as such: what a new one is like, which policies are public, and where there are none.
#include <gmock/gmock.h>

#include "aws/s3/s3_service.h"
#include "aws/s3/service_under_test.h"

namespace ticklake::aws::s3 {
namespace {

using ::testing::HasSubstr;

class S3BucketTest : public ::testing::Test {
 protected:
  S3BucketTest() { EXPECT_EQ(s3_.Ask("PUT", "/bucket").status, 200); }

  ServiceUnderTest s3_;
};

TEST_F(S3BucketTest, ANewBucketIsAsS3HasThemSince2023) {
  const Answer access = s3_.Ask("GET", "/bucket?publicAccessBlock");
  EXPECT_EQ(access.status, 200);
  for (const char* name :
       {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}) {
    EXPECT_EQ(access.Element(name), "true") << name;
  }
  EXPECT_EQ(s3_.Ask("GET", "/bucket?ownershipControls").Element("ObjectOwnership"),
            "BucketOwnerEnforced");
  EXPECT_EQ(s3_.Ask("DELETE", "/bucket?publicAccessBlock").status, 204);
  EXPECT_EQ(s3_.Ask("GET", "/bucket?publicAccessBlock").Element("Code"),
            "NoSuchPublicAccessBlockConfiguration");
  EXPECT_EQ(s3_.Ask("DELETE", "/bucket?ownershipControls").status, 204);
  EXPECT_EQ(s3_.Ask("GET", "/bucket?ownershipControls").Element("Code"),
            "OwnershipControlsNotFoundError");
  EXPECT_EQ(s3_.Ask("PUT", "/writers", "", {{"x-amz-object-ownership", "ObjectWriter"}}).status,
            200);
  EXPECT_EQ(s3_.Ask("GET", "/writers?ownershipControls").Element("ObjectOwnership"),
            "ObjectWriter");
}

TEST_F(S3BucketTest, NamesOfAnAccountsOwnNamespaceSayWhose) {
  const std::map<std::string, std::string> own{{"x-amz-bucket-namespace", "account-regional"}};
  for (const char* bad : {"/mine", "/mine-us-east-1-an", "/mine-12345678901-us-east-1-an",
                          "/mine-123456789012-eu-west-1-an", "/123456789012-us-east-1-an"}) {
    EXPECT_EQ(s3_.Ask("PUT", bad, "", own).Element("Code"), "InvalidNamespaceHeader") << bad;
  }
  EXPECT_EQ(s3_.Ask("PUT", "/mine-000000000000-us-east-1-an", "", own).status, 200);
  EXPECT_EQ(s3_.Ask("PUT", "/mine-123456789012-us-east-1-an", "", own).status, 200);
}

TEST_F(S3BucketTest, PublicPoliciesAreKnownAndBlockedAsTheBucketSays) {
  const auto policy = [](const std::string& principal, const std::string& condition = "") {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)" + principal +
           R"(,"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*")" +
           (condition.empty() ? "" : R"(,"Condition":)" + condition) + "}]}";
  };
  const auto status_of = [&](const std::string& text) {
    const Answer put = s3_.Ask("PUT", "/bucket?policy", text);
    EXPECT_EQ(put.status, 204) << put.body;
    return s3_.Ask("GET", "/bucket?policyStatus").Element("IsPublic");
  };
  const std::string somebody = R"({"AWS":"arn:aws:iam::111122223333:root"})";
  EXPECT_EQ(s3_.Ask("GET", "/bucket?policyStatus").Element("Code"), "NoSuchBucketPolicy");
  EXPECT_EQ(status_of(policy(somebody)), "false");
  const Answer blocked = s3_.Ask("PUT", "/bucket?policy", policy("\"*\""));
  EXPECT_EQ(blocked.status, 403);
  EXPECT_THAT(blocked.Element("Message"), HasSubstr("BlockPublicPolicy"));
  EXPECT_EQ(s3_.Ask("GET", "/bucket?policy").body, policy(somebody));
  EXPECT_EQ(s3_.Ask("DELETE", "/bucket?publicAccessBlock").status, 204);
  EXPECT_EQ(status_of(policy("\"*\"")), "true");
  EXPECT_EQ(status_of(policy(R"({"AWS":["arn:aws:iam::111122223333:root","*"]})")), "true");
  EXPECT_EQ(status_of(policy("\"*\"", R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/32"}})")), "false");
  EXPECT_EQ(status_of(policy("\"*\"", R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})")), "true");
  EXPECT_EQ(status_of(policy("\"*\"", R"({"StringLike":{"aws:SourceVpc":"vpc-*"}})")), "true");
  EXPECT_EQ(status_of(policy("\"*\"", R"({"Bool":{"aws:SecureTransport":"true"}})")), "true");
  EXPECT_EQ(status_of(R"({"Statement":{"Effect":"Deny","Principal":"*","Action":"*"}})"), "false");
}

TEST(S3Elsewhere, WithoutBucketsHereAllAreSaidToBeThere) {
  S3Service service({.buckets = nullptr});
  const auto ask = [&](const std::string& method, const std::string& path,
                       std::map<std::string, std::string> headers = {}) {
    const net::HttpRequest http{.method = method,
                                .target = path,
                                .peer = "",
                                .path = path,
                                .query = {},
                                .headers = std::move(headers),
                                .body = ""};
    TextPayload payload("");
    const Caller caller{.access_key = "AK", .arn = "", .user_id = "", .scope = std::nullopt};
    Answer answer;
    service.Serve(
        {.http = http, .caller = caller, .id = "ID", .region = kRegion, .payload = payload},
        answer);
    return answer;
  };
  EXPECT_EQ(ask("GET", "/").status, 200);
  EXPECT_EQ(ask("PUT", "/bucket").Element("Code"), "NotImplemented");
  EXPECT_EQ(ask("GET", "/bucket/key").Element("Code"), "NoSuchBucket");
  EXPECT_THAT(ask("PUT", "/bucket/key").Element("Message"), HasSubstr("is on S3"));
  EXPECT_EQ(ask("PUT", "/bucket/key", {{"x-amz-copy-source", "other/key"}}).status, 404);
}

}  // namespace
}  // namespace ticklake::aws::s3
