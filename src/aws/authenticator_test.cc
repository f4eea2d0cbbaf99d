#include "aws/authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/sessions.h"
#include "aws/test_requests.h"

namespace ticklake::aws {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr Nanos kMinute = 60 * kNanosPerSecond;

TestRequest Put(std::string body = "some bytes") {
  return {.method = "PUT",
          .path = "/bucket/a%2Bb/date=2026-01-02/x",
          .query = "partNumber=1&uploadId=u%2F1",
          .headers = {{"host", "localhost:4566"},
                      {"content-type", "text/plain"},
                      {"x-amz-meta-color", "  dark   blue "}},
          .body = std::move(body)};
}

TEST(Authenticator, FormsOfVersion4) {
  TestDoor door;
  TestRequest digest = Put();
  SignHeader(digest, door.Who(), net::Sha256Hex(digest.body));
  EXPECT_EQ(door.Send(digest).value(), "some bytes");
  EXPECT_EQ(door.caller().access_key, door.key().key.id);
  EXPECT_EQ(door.caller().arn, "arn:aws:iam::000000000000:user/tester");
  TestRequest plain = Put();
  SignHeader(plain, door.Who(), net::kUnsignedPayload);
  EXPECT_EQ(door.Send(plain).value(), "some bytes");
  TestRequest query = Put();
  SignQuery(query, door.Who());
  EXPECT_EQ(door.Send(query).value(), "some bytes");
  TestRequest json{.method = "POST", .path = "/", .body = "{}", .service = "glue"};
  json.headers["x-amz-target"] = "AWSGlue.GetTables";
  SignHeader(json, door.Who("glue"), net::Sha256Hex("{}"));
  EXPECT_EQ(door.CodeOf(json), "");
  json.body = "{ }";
  EXPECT_EQ(door.CodeOf(json), "SignatureDoesNotMatch");
}

TEST(Authenticator, ChunksAndTrailers) {
  TestDoor door;
  const std::string bytes(10'000, 'x');
  for (const bool trailer : {false, true}) {
    for (const size_t piece : {1, 7, 4096, 100'000}) {
      TestRequest request = Put(bytes);
      request.headers["x-amz-decoded-content-length"] = "10000";
      if (trailer) request.headers["x-amz-trailer"] = "x-amz-checksum-crc32";
      SignHeader(request, door.Who(),
                 trailer ? net::kStreamingPayloadTrailer : net::kStreamingPayload);
      request.body =
          InChunks(request, door.Who(), 4096, trailer ? "x-amz-checksum-crc32:AAAAAA==" : "");
      EXPECT_EQ(door.Send(request, piece).value(), bytes);
      if (trailer) {
        EXPECT_THAT(door.trailers(),
                    UnorderedElementsAre(Pair("x-amz-checksum-crc32", "AAAAAA==")));
      }
      request.body.resize(request.body.size() - 200);
      EXPECT_EQ(door.CodeOf(request), "IncompleteBody");
    }
  }
}

TEST(Authenticator, UnsignedChunksWithTrailers) {
  TestDoor door;
  TestRequest request = Put("5\r\nhello\r\n1\r\n!\r\n0\r\nx-amz-checksum-crc32:abcdef==\r\n\r\n");
  request.headers["x-amz-decoded-content-length"] = "6";
  SignHeader(request, door.Who(), net::kStreamingUnsignedTrailer);
  EXPECT_EQ(door.Send(request).value(), "hello!");
  EXPECT_THAT(door.trailers(), UnorderedElementsAre(Pair("x-amz-checksum-crc32", "abcdef==")));
  for (const auto& [body, code] : std::map<std::string, std::string>{
           {"5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"},
           {"6\r\nhello!\r\n", "IncompleteBody"},
           {"6\r\nhello!", "IncompleteBody"},
           {"", "IncompleteBody"},
           {"7\r\nhello!!\r\n0\r\n\r\n", "IncompleteBody"},
           {"ffffffffffffffff\r\nhello", "IncompleteBody"},
           {"ffffffffffffffffff\r\nhello", "InvalidRequest"},
           {"-6\r\nhello!\r\n0\r\n\r\n", "InvalidRequest"},
           {"6x\r\nhello!\r\n0\r\n\r\n", "InvalidRequest"},
           {"6\r\nhello!?\r\n0\r\n\r\n", "InvalidRequest"},
           {"6\r\nhello!\r\n0\r\nno colon\r\n\r\n", "MalformedTrailerError"},
           {"6\r\nhello!\r\n0\r\na:1\r\na:2\r\n\r\n", "MalformedTrailerError"},
           {"6\r\nhello!\r\n0\r\n\r\nmore", "InvalidRequest"},
           {std::string(100'000, '1'), "InvalidRequest"},
           {"6\r\nhello!\r\n0\r\n" + std::string(100'000, 'a'), "InvalidRequest"}}) {
    request.body = body;
    EXPECT_EQ(door.CodeOf(request), code) << body.substr(0, 60);
  }
  TestRequest lengthless = Put();
  SignHeader(lengthless, door.Who(), net::kStreamingUnsignedTrailer);
  EXPECT_EQ(door.CodeOf(lengthless), "MissingContentLength");
}

TEST(Authenticator, Version2) {
  TestDoor door;
  const net::HmacSha1Key secret(door.key().secret);
  TestRequest header{.path = "/bucket/a%20b", .query = "versionId=null&prefix=x"};
  header.headers["date"] = "Fri, 02 Jan 2026 03:04:05 GMT";
  header.headers["x-amz-meta-a"] = "1";
  const auto sign = [&](const TestRequest& request, const std::string& expires) {
    return net::SigV2Signature(secret, net::SigV2StringToSign({.method = request.method,
                                                               .path = request.path,
                                                               .query = request.query,
                                                               .bucket = request.bucket,
                                                               .headers = &request.headers,
                                                               .expires = expires}));
  };
  header.headers["authorization"] = "AWS " + door.key().key.id + ":" + sign(header, "");
  EXPECT_EQ(door.CodeOf(header), "");
  header.headers["x-amz-meta-a"] = "2";
  EXPECT_EQ(door.CodeOf(header), "SignatureDoesNotMatch");

  // A bucket by its path, as botocore signs it.
  TestRequest bucket{.path = "/bucket/", .query = "acl"};
  bucket.headers["date"] = header.headers["date"];
  bucket.headers["authorization"] = "AWS " + door.key().key.id + ":" + sign(bucket, "");
  for (const auto& [path, code] :
       std::map<std::string, std::string>{{"/bucket/", ""},
                                          {"/bucket", ""},
                                          {"/bucke", "SignatureDoesNotMatch"},
                                          {"/bucket//", "SignatureDoesNotMatch"},
                                          {"/", "SignatureDoesNotMatch"}}) {
    bucket.path = path;
    EXPECT_EQ(door.CodeOf(bucket), code) << path;
  }

  TestRequest query{.path = "/key", .query = "acl", .bucket = "bucket"};
  const std::string expires = std::to_string(door.clock().Now() / kNanosPerSecond + 60);
  query.query += "&AWSAccessKeyId=" + door.key().key.id + "&Expires=" + expires +
                 "&Signature=" + net::PercentEncode(sign(query, expires));
  EXPECT_EQ(door.CodeOf(query), "");
  TestRequest other = query;
  other.bucket = "another";
  EXPECT_EQ(door.CodeOf(other), "SignatureDoesNotMatch");
  door.clock().Advance(kMinute);
  EXPECT_EQ(door.CodeOf(query), "AccessDenied");
  EXPECT_THAT(door.Send(query).error().message, HasSubstr("expired"));
}

TEST(Authenticator, TimeHasBounds) {
  TestDoor door;
  TestRequest header = Put();
  SignHeader(header, door.Who(), net::kUnsignedPayload);
  TestRequest query = Put();
  SignQuery(query, door.Who(), 3600);
  const Nanos then = door.clock().Now();
  for (const auto& [minutes, code] : std::map<int, std::string>{
           {-16, "RequestTimeTooSkewed"}, {-15, ""}, {15, ""}, {16, "RequestTimeTooSkewed"}}) {
    door.clock().Jump(then + minutes * kMinute);
    EXPECT_EQ(door.CodeOf(header), code) << minutes;
  }
  for (const auto& [minutes, code] :
       std::map<int, std::string>{{-16, "AccessDenied"}, {0, ""}, {59, ""}, {60, "AccessDenied"}}) {
    door.clock().Jump(then + minutes * kMinute);
    EXPECT_EQ(door.CodeOf(query), code) << minutes;
  }
  door.clock().Jump(then);
  for (const int bad : {-1, 0, 604'801}) {
    TestRequest long_lived = Put();
    SignQuery(long_lived, door.Who(), bad);
    EXPECT_EQ(door.CodeOf(long_lived), "AuthorizationQueryParametersError") << bad;
  }
}

TEST(Authenticator, WhatIsNotSignedDoesNotCount) {
  TestDoor door;
  TestRequest request = Put();
  SignHeader(request, door.Who(), net::kUnsignedPayload);
  request.headers["x-amz-acl"] = "public-read";
  EXPECT_EQ(door.CodeOf(request), "AccessDenied");
  EXPECT_THAT(door.Send(request).error().message, HasSubstr("x-amz-acl"));
  TestRequest no_host = Put();
  no_host.headers.erase("host");
  SignHeader(no_host, door.Who(), net::kUnsignedPayload);
  no_host.headers["host"] = "localhost";
  EXPECT_EQ(door.CodeOf(no_host), "AccessDenied");
  TestRequest no_hash = Put();
  no_hash.headers["x-amz-content-sha256"] = "";
  SignHeader(no_hash, door.Who(), "");
  EXPECT_EQ(door.CodeOf(no_hash), "InvalidRequest");
  TestRequest bad_hash = Put();
  SignHeader(bad_hash, door.Who(), "ABC");
  EXPECT_EQ(door.CodeOf(bad_hash), "InvalidArgument");
  TestRequest other_body = Put();
  SignHeader(other_body, door.Who(), net::Sha256Hex("another body"));
  EXPECT_EQ(door.CodeOf(other_body), "XAmzContentSHA256Mismatch");
  TestRequest other_service = Put();
  SignHeader(other_service, door.Who("s4"), net::kUnsignedPayload);
  EXPECT_EQ(door.CodeOf(other_service), "AuthorizationHeaderMalformed");
}

TEST(Authenticator, MalformedClaims) {
  TestDoor door;
  for (const auto& [text, code] : std::map<std::string, std::string>{
           {"Bearer x", "InvalidArgument"},
           {"AWS nothing", "InvalidArgument"},
           {"AWS4-HMAC-SHA256", "AuthorizationHeaderMalformed"},
           {"AWS4-HMAC-SHA256 Credential=a/20260102/r/s3/aws4_request",
            "AuthorizationHeaderMalformed"},
           {"AWS4-HMAC-SHA256 Credential=a/20260102/r/aws4_request, SignedHeaders=host, "
            "Signature=x",
            "AuthorizationHeaderMalformed"},
           {"AWS4-HMAC-SHA256 Credential=a/20260102/r/s3/aws4_request, SignedHeaders=host;date, "
            "Signature=x",
            "AuthorizationHeaderMalformed"},
           {"AWS4-HMAC-SHA256 Credential=a/20260102/r/s3/aws4_request, SignedHeaders=host, "
            "Signature=x, Signature=y",
            "AuthorizationHeaderMalformed"},
           {"AWS4-HMAC-SHA256 Credential=a/20260101/r/s3/aws4_request, SignedHeaders=host, "
            "Signature=x",
            "AuthorizationHeaderMalformed"},
           {"AWS4-HMAC-SHA256 Credential=a/20260102/r/s3/aws4_request, SignedHeaders=host, "
            "Signature=x",
            "InvalidAccessKeyId"}}) {
    TestRequest request;
    request.headers["authorization"] = text;
    request.headers["x-amz-date"] = kTestTime;
    EXPECT_EQ(door.CodeOf(request), code) << text;
  }
  EXPECT_EQ(door.CodeOf({}), "AccessDenied");
  TestRequest twice;
  SignQuery(twice, door.Who());
  SignHeader(twice, door.Who(), net::kUnsignedPayload);
  EXPECT_EQ(door.CodeOf(twice), "InvalidArgument");
  TestRequest dateless;
  SignHeader(dateless, door.Who(), net::kUnsignedPayload);
  dateless.headers.erase("x-amz-date");
  EXPECT_EQ(door.CodeOf(dateless), "AccessDenied");
}

TEST(Authenticator, KeysComeAndGo) {
  TestDoor door;
  TestRequest request = Put();
  SignHeader(request, door.Who(), net::kUnsignedPayload);
  EXPECT_EQ(door.CodeOf(request), "");
  ASSERT_TRUE(door.keys().Create({.name = "another"}, 0));
  EXPECT_EQ(door.CodeOf(request), "");
  ASSERT_TRUE(door.keys().Revoke(door.key().key.id));
  EXPECT_EQ(door.CodeOf(request), "InvalidAccessKeyId");
  for (const AccessKey& key : (*door.keys().Keys())->keys) {
    ASSERT_TRUE(door.keys().Revoke(key.id));
  }
  EXPECT_EQ(door.CodeOf(request), "InvalidAccessKeyId") << "no key is left: nobody may in";
  EXPECT_EQ(door.CodeOf({}), "AccessDenied");
}

TEST(Authenticator, FormsAreSignedByTheirPolicy) {
  TestDoor door;
  const std::string id = door.key().key.id;
  const net::SigningScope scope{.day = "20260102", .region = "eu-west-1", .service = "s3"};
  std::map<std::string, std::string> v4{{"policy", "eyJ9"},
                                        {"key", "k"},
                                        {"x-amz-algorithm", "AWS4-HMAC-SHA256"},
                                        {"x-amz-credential", id + "/" + scope.ToString()},
                                        {"x-amz-date", "20260102T030405Z"}};
  const net::HmacSha256Key key = net::DeriveSigningKey(net::SecretKey(door.key().secret), scope);
  v4["x-amz-signature"] = net::Signature(key, v4["policy"]);
  const net::HmacSha1Key old(door.key().secret);
  const std::map<std::string, std::string> v2{
      {"policy", "eyJ9"}, {"awsaccesskeyid", id}, {"signature", net::SigV2Signature(old, "eyJ9")}};
  for (const auto& form : {v4, v2}) {
    const auto caller = door.auth().CallerOfForm(form);
    ASSERT_TRUE(caller) << caller.error().message;
    EXPECT_EQ(caller->access_key, id);
    // With any field changed, or away, nobody has signed it.
    for (const auto& [name, value] : form) {
      if (name == "key") continue;  // the policy's conditions are for that
      auto other = form;
      other[name] = (value[0] == 'a' ? "b" : "a") + value.substr(1);
      EXPECT_FALSE(door.auth().CallerOfForm(other)) << name;
      other.erase(name);
      EXPECT_EQ(door.auth().CallerOfForm(other).error().code, "InvalidArgument") << name;
    }
  }
  auto elsewhere = v4;
  const net::SigningScope glue{.day = scope.day, .region = scope.region, .service = "glue"};
  elsewhere["x-amz-credential"] = id + "/" + glue.ToString();
  elsewhere["x-amz-signature"] =
      net::Signature(net::DeriveSigningKey(net::SecretKey(door.key().secret), glue), v4["policy"]);
  EXPECT_EQ(door.auth().CallerOfForm(elsewhere).error().code, "SignatureDoesNotMatch");
  EXPECT_EQ(door.auth().CallerOfForm({{"key", "k"}}).error().code, "AccessDenied");
  auto unknown = v2;
  unknown["awsaccesskeyid"] = "AKIANOBODY";
  EXPECT_EQ(door.auth().CallerOfForm(unknown).error().code, "InvalidAccessKeyId");
  ASSERT_TRUE(door.keys().Revoke(id));
  EXPECT_EQ(door.auth().CallerOfForm(v4).error().code, "InvalidAccessKeyId");
}

TEST(Authenticator, SessionsEnd) {
  TestDoor door;
  const net::HmacSha256Key key = door.auth().SessionKey();
  const Session session{.access_key = "ASIAEXAMPLE",
                        .parent = door.key().key.id,
                        .arn = "arn:aws:sts::000000000000:assumed-role/r/s",
                        .user_id = "AROA:s",
                        .expires = door.clock().Now() + 5 * kMinute};
  const SessionCredentials made = MakeSession(key, session);
  net::SigningIdentity who = door.Who();
  who.access_key = session.access_key;
  who.secret_key = made.secret;
  who.session_token = made.token;
  TestRequest header = Put();
  SignHeader(header, who, net::kUnsignedPayload);
  TestRequest query = Put();
  SignQuery(query, who, 3600);
  for (const TestRequest& request : {header, query}) EXPECT_EQ(door.CodeOf(request), "");
  EXPECT_EQ(door.caller().arn, session.arn);
  who.session_token[5] = who.session_token[5] == 'A' ? 'B' : 'A';
  TestRequest forged = Put();
  SignHeader(forged, who, net::kUnsignedPayload);
  EXPECT_EQ(door.CodeOf(forged), "InvalidToken");
  TestRequest tokenless = Put();
  who.session_token = "";
  SignHeader(tokenless, who, net::kUnsignedPayload);
  EXPECT_EQ(door.CodeOf(tokenless), "InvalidAccessKeyId");
  door.clock().Advance(5 * kMinute);
  for (const TestRequest& request : {header, query})
    EXPECT_EQ(door.CodeOf(request), "ExpiredToken");
  door.clock().Advance(-1 * kMinute);
  ASSERT_TRUE(door.keys().Revoke(door.key().key.id));
  EXPECT_EQ(door.CodeOf(header), "InvalidAccessKeyId") << "its key is gone";
}

}  // namespace
}  // namespace ticklake::aws
