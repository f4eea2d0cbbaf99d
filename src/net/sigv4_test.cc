#include "net/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/bytes.h"
#include "net/sigv2.h"
#include "net/test_sigv4_vectors.h"

namespace ticklake::net {
namespace {

using testing::EndsWith;

using Headers = std::map<std::string, std::string>;

constexpr char kS3Secret[] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr char kS3Key[] = "AKIAIOSFODNN7EXAMPLE";

std::vector<std::string> Names(std::string_view joined) {
  std::vector<std::string> names;
  while (!joined.empty()) {
    names.emplace_back(joined.substr(0, joined.find(';')));
    joined.remove_prefix(std::min(joined.size(), names.back().size() + 1));
  }
  return names;
}

class Suite : public testing::TestWithParam<SigV4Vector> {};

TEST_P(Suite, IsSignedAsPublished) {
  const SigV4Vector& vector = GetParam();
  const VectorRequest parsed = ParseVector(vector.request);
  const std::string hash = Sha256Hex(parsed.body);
  const RequestToSign request{.method = parsed.method,
                              .path = parsed.path,
                              .query = parsed.query,
                              .headers = &parsed.headers,
                              .payload_hash = hash};
  const SigningScope scope{"20150830", "us-east-1", "service"};
  const std::string canonical = CanonicalRequest(request, Names(vector.signed_names), false);
  const std::string canonical_hash = Sha256Hex(canonical);
  const std::string to_sign =
      StringToSign{.time = "20150830T123600Z", .scope = scope.ToString(), .rest = canonical_hash}
          .ToString();
  EXPECT_EQ(Signature(DeriveSigningKey(SecretKey(kVectorSecret), scope), to_sign), vector.signature)
      << canonical;
}

std::string NameOf(const testing::TestParamInfo<SigV4Vector>& vector) {
  std::string name;
  for (const char c : vector.param.name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Published, Suite, testing::ValuesIn(kSigV4Vectors), NameOf);

SigningIdentity Docs() {
  return {.access_key = kS3Key,
          .secret_key = kS3Secret,
          .session_token = "",
          .region = "us-east-1",
          .service = "s3",
          .now = ParseAmzTime("20130524T000000Z").value()};
}

std::string SignatureOf(const RequestToSign& request) {
  const std::string field = SignRequest(request, Docs()).at("authorization");
  return field.substr(field.rfind('=') + 1);
}

TEST(SigV4S3, ExamplesOfTheDocumentation) {
  const std::string empty = Sha256Hex("");
  const std::string welcome = Sha256Hex("Welcome to Amazon S3.");
  const std::string host = "examplebucket.s3.amazonaws.com";
  const Headers ranged = {{"host", host}, {"range", "bytes=0-9"}};
  EXPECT_EQ(SignatureOf({"GET", "/test.txt", "", &ranged, empty}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  const Headers put = {{"host", host},
                       {"date", "Fri, 24 May 2013 00:00:00 GMT"},
                       {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  for (const char* path : {"/test%24file.text", "/test$file.text"}) {
    EXPECT_EQ(SignatureOf({"PUT", path, "", &put, welcome}),
              "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  }
  const Headers plain = {{"host", host}};
  EXPECT_EQ(SignatureOf({"GET", "/", "lifecycle", &plain, empty}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(SignatureOf({"GET", "/", "prefix=J&max-keys=2", &plain, empty}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SigV4S3, PresignsAsTheDocumentation) {
  const Headers host = {{"host", "examplebucket.s3.amazonaws.com"}};
  EXPECT_THAT(PresignQuery({"GET", "/test.txt", "", &host, ""}, Docs(), std::chrono::hours(24)),
              EndsWith("&X-Amz-Signature="
                       "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
}

ChunkSignatures Chunks(const char* seed) {
  const SigningScope scope{"20130524", "us-east-1", "s3"};
  return {DeriveSigningKey(SecretKey(kS3Secret), scope), "20130524T000000Z", scope.ToString(),
          seed};
}

Sha256Bytes DigestOf(std::string_view data) {
  Sha256 hash;
  hash.Update(data);
  return hash.Finish();
}

TEST(SigV4S3, ChunksOfTheDocumentation) {
  const Headers headers = {{"host", "s3.amazonaws.com"},
                           {"content-encoding", "aws-chunked"},
                           {"content-length", "66824"},
                           {"x-amz-decoded-content-length", "66560"},
                           {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  const char* seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
  EXPECT_EQ(SignatureOf({"PUT", "/examplebucket/chunkObject.txt", "", &headers, kStreamingPayload}),
            seed);
  ChunkSignatures chunks = Chunks(seed);
  EXPECT_EQ(chunks.Next(DigestOf(std::string(65536, 'a'))),
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
  EXPECT_EQ(chunks.Next(DigestOf(std::string(1024, 'a'))),
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
  EXPECT_EQ(chunks.Next(DigestOf("")),
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
}

TEST(SigV4S3, TrailersOfTheDocumentation) {
  const Headers headers = {{"host", "s3.amazonaws.com"},
                           {"content-encoding", "aws-chunked"},
                           {"x-amz-decoded-content-length", "66560"},
                           {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                           {"x-amz-trailer", "x-amz-checksum-crc32c"}};
  const char* seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
  EXPECT_EQ(SignatureOf(
                {"PUT", "/examplebucket/chunkObject.txt", "", &headers, kStreamingPayloadTrailer}),
            seed);
  ChunkSignatures chunks = Chunks(seed);
  EXPECT_EQ(chunks.Next(DigestOf(std::string(65536, 'a'))),
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2");
  EXPECT_EQ(chunks.Next(DigestOf(std::string(1024, 'a'))),
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7");
  EXPECT_EQ(chunks.Next(DigestOf("")),
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992");
  EXPECT_EQ(chunks.OfTrailer(DigestOf("x-amz-checksum-crc32c:sOO8/Q==\n")),
            "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435");
}

TEST(SigV4S3, PathsAreNotNormalized) {
  EXPECT_EQ(CanonicalPath("/b/a//../x%2Fy=1+2%3d", true), "/b/a//../x/y%3D1%2B2%3D");
  EXPECT_EQ(CanonicalPath("/b/100%", true), "/b/100%25");
  EXPECT_EQ(CanonicalPath("/b/./a%2Fb/..", false), "/b");
  EXPECT_EQ(CanonicalPath("/%E1%88%B4", false), "/%25E1%2588%25B4");
  EXPECT_EQ(CanonicalQuery("b=2&a=%2b+&a&&=x"), "=x&a=&a=%2B%20&b=2");
}

TEST(SigV4, TimesAreOfOneForm) {
  EXPECT_EQ(AmzTime(ParseAmzTime("20240229T235959Z").value() + 999'999'999), "20240229T235959Z");
  for (const char* bad : {"", "2024-02-29T235959Z", "20240230T000000Z", "20240229T240000Z",
                          "20240229T235959", "20240229t235959Z", "2024022 T235959Z"}) {
    EXPECT_FALSE(ParseAmzTime(bad)) << bad;
  }
}

TEST(SigV2, ExamplesOfTheDocumentation) {
  const HmacSha1Key secret(kS3Secret);
  const auto sign = [&](const SigV2Request& request) {
    return SigV2Signature(secret, SigV2StringToSign(request));
  };
  const Headers get = {{"host", "johnsmith.s3.amazonaws.com"},
                       {"date", "Tue, 27 Mar 2007 19:36:42 +0000"}};
  EXPECT_EQ(sign({"GET", "/photos/puppy.jpg", "", "johnsmith", &get, ""}),
            "bWq2s1WEIj+Ydj0vQ697zp+IXMU=");
  const Headers put = {{"content-type", "image/jpeg"}, {"date", "Tue, 27 Mar 2007 21:15:45 +0000"}};
  EXPECT_EQ(sign({"PUT", "/photos/puppy.jpg", "", "johnsmith", &put, ""}),
            "MyyxeRY7whkBe+bq8fHCL/2kKUg=");
  const Headers list = {{"date", "Tue, 27 Mar 2007 19:42:41 +0000"}};
  EXPECT_EQ(sign({"GET", "/", "prefix=photos&max-keys=50&marker=puppy", "johnsmith", &list, ""}),
            "htDYFYduRNen8P9ZfE/s9SuKy0U=");
  const Headers acl = {{"date", "Tue, 27 Mar 2007 19:44:46 +0000"}};
  EXPECT_EQ(sign({"GET", "/", "acl", "johnsmith", &acl, ""}), "c2WLPFtWHVgbEmeEG93a4cG37dM=");
  const Headers upload = {
      {"date", "Tue, 27 Mar 2007 21:06:08 +0000"},
      {"x-amz-acl", "public-read"},
      {"content-type", "application/x-download"},
      {"content-md5", "4gJE4saaMU4BqNR0kLY+lw=="},
      {"x-amz-meta-reviewedby", "joe@johnsmith.net,jane@johnsmith.net"},
      {"x-amz-meta-filechecksum", "0x02661779"},
      {"x-amz-meta-checksumalgorithm", "crc32"},
  };
  EXPECT_EQ(sign({"PUT", "/db-backup.dat.gz", "", "static.johnsmith.net", &upload, ""}),
            "ilyl83RwaSoYIEdixDQcA4OnAnc=");
  const Headers none;
  EXPECT_EQ(sign({"GET", "/photos/puppy.jpg", "", "johnsmith", &none, "1175139620"}),
            "NpgCjnDzrM+WFzoENXmpNDUsSn8=");
}

TEST(Digests, AKeyGoesOnFromItsState) {
  const std::string data = "what do ya want for nothing?";
  const HmacSha256Key key("Jefe");  // RFC 4231, test case 2
  EXPECT_EQ(Hex(View(key.Sign(data))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const auto again = HmacSha256Key::FromState(key.State());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->Sign(data), key.Sign(data));
  EXPECT_FALSE(HmacSha256Key::FromState("short"));
  const HmacSha1Key old("Jefe");  // RFC 2202, test case 2
  EXPECT_EQ(Hex(old.Sign(data)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(HmacSha1Key::FromState(old.State())->Sign(data), old.Sign(data));
  EXPECT_EQ(key.State().find("Jefe"), std::string::npos);
}

TEST(Digests, LongSecretsCountByTheirDigest) {
  const std::string data = "Test Using Larger Than Block-Size Key - Hash Key First";
  EXPECT_EQ(Hex(View(HmacSha256Key(std::string(131, '\xaa')).Sign(data))),  // RFC 4231, case 6
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(Hex(HmacSha1Key(std::string(80, '\xaa')).Sign(data)),  // RFC 2202, case 6
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

}  // namespace
}  // namespace ticklake::net
