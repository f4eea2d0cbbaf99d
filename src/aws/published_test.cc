// The published test suite of Signature Version 4, checked as the door checks requests.
#include <gtest/gtest.h>

#include "aws/authenticator.h"
#include "aws/test_requests.h"
#include "net/test_sigv4_vectors.h"

namespace ticklake::aws {
namespace {

TestRequest RequestOf(const net::SigV4Vector& vector, std::string_view signature) {
  const net::VectorRequest parsed = net::ParseVector(vector.request);
  TestRequest request{.method = parsed.method,
                      .path = parsed.path,
                      .query = parsed.query,
                      .headers = parsed.headers,
                      .body = parsed.body,
                      .service = "service",
                      .bucket = ""};
  request.headers["authorization"] = fmt::format(
      "AWS4-HMAC-SHA256 Credential={}/20150830/us-east-1/service/aws4_request, SignedHeaders={}, "
      "Signature={}",
      net::kVectorKey, vector.signed_names, signature);
  return request;
}

TEST(PublishedVectors, AreLetInAndNothingNearThem) {
  TestDoor door;
  ASSERT_TRUE(door.keys().Create({}, 0, KeyPair{net::kVectorKey, net::kVectorSecret}));
  door.clock().Jump(net::ParseAmzTime("20150830T123600Z").value());
  for (const net::SigV4Vector& vector : net::kSigV4Vectors) {
    const std::string signature(vector.signature);
    if (vector.request.contains("X-Amz-Security-Token")) {  // of a session that is not ours
      EXPECT_EQ(door.CodeOf(RequestOf(vector, signature)), "InvalidToken") << vector.name;
      continue;
    }
    EXPECT_EQ(door.CodeOf(RequestOf(vector, signature)), "") << vector.name;
    EXPECT_EQ(door.caller().access_key, net::kVectorKey);
    for (size_t i = 0; i < signature.size(); ++i) {
      std::string other = signature;
      other[i] = other[i] == '0' ? '1' : '0';
      EXPECT_EQ(door.CodeOf(RequestOf(vector, other)), "SignatureDoesNotMatch") << vector.name;
    }
    TestRequest moved = RequestOf(vector, signature);
    moved.path += "x";
    EXPECT_EQ(door.CodeOf(moved), "SignatureDoesNotMatch") << vector.name;
  }
}

}  // namespace
}  // namespace ticklake::aws
