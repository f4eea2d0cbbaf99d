// The small parts of S3's wire: XML, dates, ranges, conditions, addresses, checksums, tags.
#include <gmock/gmock.h>

#include "aws/s3/address.h"
#include "aws/s3/checksums.h"
#include "aws/s3/conditions.h"
#include "aws/s3/copy_source.h"
#include "aws/s3/cors.h"
#include "aws/s3/page_token.h"
#include "aws/s3/range.h"
#include "aws/s3/tag_set.h"
#include "aws/s3/wire_text.h"
#include "aws/s3/xml_reader.h"
#include "aws/xml_writer.h"
#include "base/base64.h"
#include "base/bytes.h"
#include "net/http_date.h"

namespace ticklake::aws::s3 {
namespace {

using ::testing::HasSubstr;

TEST(XmlWriterTest, EscapesWhatXmlCannotHold) {
  XmlWriter xml("R", "");
  xml.Text("K", "a<b>&\"c\x01\n").Open("L").Number("N", 7).Close().Flag("F", true);
  xml.Time("T", 5 * kNanosPerMilli).Time("U", -kNanosPerMilli).Time("V", kNanosPerSecond + 1);
  EXPECT_EQ(xml.Finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<R><K>a&lt;b&gt;&amp;&quot;c&#x1;&#xa;</K><L><N>7</N></L><F>true</F>"
            "<T>1970-01-01T00:00:00.005Z</T><U>1969-12-31T23:59:59.999Z</U>"
            "<V>1970-01-01T00:00:01.000Z</V></R>");
}

TEST(XmlReaderTest, ReadsByLocalNameAndRefusesTheRest) {
  const auto good = XmlRequest::Parse(
      "<?xml version='1.0'?><x:D xmlns:x='u'><x:K>a&amp;b</x:K><K2> </K2></x:D>", "D");
  ASSERT_TRUE(good);
  EXPECT_EQ(ChildText(good->root(), "K"), "a&b");
  EXPECT_EQ(ChildText(good->root(), "K2"), " ") << "a key may be a space";
  EXPECT_EQ(ChildText(good->root(), "K3"), std::nullopt);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (const std::string& bad :
       {std::string(), std::string("<D>"), std::string("<E/>"), std::string("plain"),
        std::string("<D>\xff</D>"), "<D>" + deep, std::string("<D>\0</D>", 8),
        std::string("<!DOCTYPE D [<!ENTITY x 'y'>]><D>&x;</D>"), std::string("<D/><D/"),
        std::string("<"), std::string("<D><")}) {
    const auto parsed = XmlRequest::Parse(bad, "D");
    ASSERT_FALSE(parsed) << bad.substr(0, 60);
    EXPECT_EQ(parsed.error().code, "MalformedXML");
    EXPECT_EQ(parsed.error().status, 400);
  }
}

TEST(RangeTest, AsRfc9110) {
  const auto range = [](std::string_view field, uint64_t total) {
    const auto parsed = ParseRange(field, total);
    if (!parsed) return parsed.error().code;
    if (!*parsed) return std::string("whole");
    return fmt::format("{}+{}", (*parsed)->first, (*parsed)->size);
  };
  EXPECT_EQ(range("bytes=0-0", 10), "0+1");
  EXPECT_EQ(range("bytes=3-", 10), "3+7");
  EXPECT_EQ(range("bytes=3-99", 10), "3+7");
  EXPECT_EQ(range("bytes=-3", 10), "7+3");
  EXPECT_EQ(range("bytes=-99", 10), "0+10");
  EXPECT_EQ(range("bytes=10-", 10), "InvalidRange");
  EXPECT_EQ(range("bytes=-0", 10), "InvalidRange");
  EXPECT_EQ(range("bytes=0-0", 0), "InvalidRange");
  EXPECT_EQ(range("bytes=-1", 0), "InvalidRange");
  for (const char* odd : {"", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "lines=0-1",
                          "bytes=0-1,3-4", "bytes=99999999999999999999-", "bytes=1-+2"}) {
    EXPECT_EQ(range(odd, 10), "whole") << odd;
  }
}

TEST(RangeTest, OfACopyMustBeThere) {
  EXPECT_EQ(ParseCopyRange("bytes=2-4", 5)->size, 3U);
  EXPECT_EQ(ParseCopyRange("bytes=2-5", 5).error().code, "InvalidRange");
  for (const char* bad : {"0-2", "bytes=0", "bytes=hello-world", "bytes=0-bar", "bytes=hello-",
                          "bytes=0-2,3-5", "bytes=-2", "bytes=3-2", ""}) {
    EXPECT_EQ(ParseCopyRange(bad, 5).error().code, "InvalidArgument") << bad;
  }
}

TEST(ConditionsTest, PrecedenceOfRfc9110) {
  store::Object object{.modified = 1000 * kNanosPerSecond + 5};
  object.facts.etag = "e";
  const std::string before = net::HttpDate(999 * kNanosPerSecond);
  const std::string same = net::HttpDate(1000 * kNanosPerSecond);
  struct Case {
    Conditions conditions;
    Verdict verdict;
  };
  using V = Verdict;
  for (const auto& [conditions, verdict] : {
           Case{{"\"e\"", {}, {}, {}}, V::kGoOn},
           Case{{"x, W/\"e\"", {}, {}, {}}, V::kGoOn},
           Case{{"*", {}, {}, {}}, V::kGoOn},
           Case{{"\"x\"", {}, {}, {}}, V::kFailed},
           Case{{{}, "e", {}, {}}, V::kNotModified},
           Case{{{}, "x", same, {}}, V::kGoOn},  // If-None-Match stands above the date
           Case{{{}, {}, same, {}}, V::kNotModified},
           Case{{{}, {}, before, {}}, V::kGoOn},
           Case{{{}, {}, {}, before}, V::kFailed},
           Case{{{}, {}, {}, same}, V::kGoOn},
           Case{{"e", {}, {}, before}, V::kGoOn},  // If-Match stands above the date
           Case{{"e", "e", {}, {}}, V::kNotModified},
           Case{{{}, {}, "nonsense", "nonsense"}, V::kGoOn},
       }) {
    EXPECT_EQ(Judge(conditions, object, nullptr), verdict)
        << conditions.if_match.value_or("-") << conditions.if_none_match.value_or("-")
        << conditions.if_modified_since.value_or("-")
        << conditions.if_unmodified_since.value_or("-");
  }
  EXPECT_EQ(WriteConditionOf({{"if-none-match", "\"e\""}}).error().status, 501);
  EXPECT_TRUE(WriteConditionOf({{"if-none-match", "*"}})->if_absent);
  EXPECT_EQ(WriteConditionOf({{"if-match", "\"e\""}})->if_match, "e");
}

TEST(AddressTest, PathStyleIsDecodedOnce) {
  const auto address = [](std::string target, std::string host = "127.0.0.1:4566") {
    net::HttpRequest http;
    http.target = std::move(target);
    http.headers["host"] = std::move(host);
    const auto found = AddressOf(http);
    if (!found) return found.error().code;
    return found->bucket + "|" + found->key;
  };
  EXPECT_EQ(address("/"), "|");
  EXPECT_EQ(address("/b"), "b|");
  EXPECT_EQ(address("/b/"), "b|");
  EXPECT_EQ(address("/b/k?x=/y"), "b|k");
  EXPECT_EQ(address("/b/a+b%20c%2Fd%2525"), "b|a+b c/d%25");
  EXPECT_EQ(address("/b//a/../b/./"), "b|/a/../b/./");
  EXPECT_EQ(address("/b/%E2%82%AC"), "b|€");
  EXPECT_EQ(address("http://h/b/k"), "b|k");
  EXPECT_EQ(address("/k/x", "my.bucket.localhost:4566"), "my.bucket|k/x");
  EXPECT_EQ(address("/k", "b.s3.amazonaws.com"), "b|k");
  EXPECT_EQ(address("/", "b.s3.eu-west-1.amazonaws.com"), "b|");
  EXPECT_EQ(address("/k", "b.s3.localhost.localstack.cloud:4566"), "b|k");
  EXPECT_EQ(address("/b/k", "s3.localhost:4566"), "b|k");
  EXPECT_EQ(address("/b/k", "s3.us-east-1.amazonaws.com"), "b|k");
  EXPECT_EQ(address("/b/k", "[::1]:4566"), "b|k");
  for (const char* bad : {"/b/%", "/b/%4", "/b/%zz", "/b/a%00b", "/b/%ff", "/%00/k"}) {
    EXPECT_EQ(address(bad), "InvalidURI") << bad;
  }
  EXPECT_EQ(address("/b/" + std::string(1024, 'k')), "b|" + std::string(1024, 'k'));
  EXPECT_EQ(address("/b/" + std::string(1025, 'k')), "KeyTooLongError");
}

TEST(AddressTest, BucketNamesByTheRules) {
  for (const char* good : {"abc", "a-b.c1", "123", "my-bucket", "a.b"}) {
    EXPECT_TRUE(IsBucketName(good)) << good;
  }
  EXPECT_TRUE(IsBucketName(std::string(63, 'a')));
  EXPECT_FALSE(IsBucketName(std::string(64, 'a')));
  for (const char* bad : {"", "ab", "Abc", "a_b", "-ab", "ab-", ".ab", "ab.", "a..b", "a.-b",
                          "a-.b", "192.168.5.123", "xn--a", "a-s3alias", "é00", "a/b", "a b"}) {
    EXPECT_FALSE(IsBucketName(bad)) << bad;
  }
}

TEST(CopySourceTest, FormsThatClientsSend) {
  const auto source = [](std::string_view field) {
    const auto parsed = ParseCopySource(field);
    return parsed ? parsed->bucket + "|" + parsed->key : parsed.error().code;
  };
  EXPECT_EQ(source("b/k"), "b|k");
  EXPECT_EQ(source("/b/a%20b/c%2Bd"), "b|a b/c+d");
  EXPECT_EQ(source("b/a+b%2Fc"), "b|a b/c") << "as Go's url.QueryEscape writes it";
  EXPECT_EQ(source("b%2Fk"), "b|k");
  EXPECT_EQ(source("b/k?versionId=null"), "b|k");
  EXPECT_EQ(source("b/k%3FversionId=x"), "b|k?versionId=x");
  for (const char* bad : {"", "b", "/b", "b/", "/", "b/k?versionId=3", "b/%zz"}) {
    EXPECT_EQ(source(bad), "InvalidArgument") << bad;
  }
}

TEST(ChecksumsTest, KnownValues) {
  Digest digest({Algorithm::kCrc32, Algorithm::kCrc32c, Algorithm::kCrc64nvme, Algorithm::kSha1,
                 Algorithm::kSha256});
  digest.Update("1234");
  digest.Update("56789");
  digest.Finish();
  EXPECT_EQ(Hex(digest.md5()), "25f9e794323b453885f5181f1b624d0b");
  EXPECT_EQ(digest.Value(Algorithm::kCrc32), "y/Q5Jg==");
  EXPECT_EQ(digest.Value(Algorithm::kCrc32c), "4waSgw==");
  EXPECT_EQ(digest.Value(Algorithm::kCrc64nvme), "rosUhgp5mIg=");
  EXPECT_EQ(digest.Value(Algorithm::kSha1), "98O8HYCOBHMq32eZZczDTKeuNEE=");
  EXPECT_EQ(digest.Value(Algorithm::kSha256), "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=");
}

TEST(ChecksumsTest, OfPartsMakeThatOfTheWhole) {
  std::string whole(100'000, ' ');
  for (size_t i = 0; i < whole.size(); ++i) whole[i] = static_cast<char>(i * 7 + i / 251);
  const std::string_view all = whole;
  const std::vector parts = {all.substr(0, 33'333), all.substr(33'333, 50'000), all.substr(83'333)};
  for (const AlgorithmFacts& facts : kAlgorithms) {
    const auto value = [&](std::string_view text) {
      Digest digest({facts.algorithm});
      digest.Update(text);
      digest.Finish();
      return digest.Value(facts.algorithm);
    };
    WholeChecksum combined(facts.algorithm);
    std::vector<std::string> values;
    std::string joined;
    for (const std::string_view part : parts) {
      values.push_back(value(part));
      joined += *FromBase64(values.back());
      EXPECT_TRUE(!IsCrc(facts.algorithm) || combined.Add(values.back(), part.size()));
    }
    EXPECT_TRUE(!IsCrc(facts.algorithm) || combined.Value() == value(all)) << facts.name;
    EXPECT_EQ(CompositeChecksum(facts.algorithm, values), value(joined) + "-3") << facts.name;
    EXPECT_EQ(CompositeChecksum(facts.algorithm, {"bad"}), std::nullopt);
    EXPECT_EQ(FindAlgorithm(facts.header), &FactsOf(facts.algorithm));
    EXPECT_EQ(FindAlgorithm(facts.name), &FactsOf(facts.algorithm));
  }
  EXPECT_EQ(MultipartEtag({"5d41402abc4b2a76b9719d911017c592"}),
            "62109206880d38a4010a98e11243924a-1");
  EXPECT_EQ(MultipartEtag({"xyz"}), std::nullopt);
}

TEST(TagsTest, AsXmlAndAsAField) {
  const auto tags = ParseTagField("a=1&b%20c=%C3%A9&d=");
  ASSERT_TRUE(tags);
  EXPECT_EQ(*tags, (store::Facts{{"a", "1"}, {"b c", "é"}, {"d", ""}}));
  EXPECT_EQ(ParseTagSet(TagSetXml(*tags), kMaxObjectTags), *tags);
  std::string many;
  for (int i = 0; i < 11; ++i) many += fmt::format("{}k{}=v", i == 0 ? "" : "&", i);
  EXPECT_EQ(ParseTagField(many).error().code, "BadRequest");
  EXPECT_EQ(ParseTagField(std::string(129, 'k') + "=v").error().code, "InvalidTag");
  EXPECT_EQ(ParseTagField("k=" + std::string(257, 'v')).error().code, "InvalidTag");
  EXPECT_EQ(ParseTagField("aws:k=v").error().code, "InvalidTag");
  EXPECT_TRUE(ParseTagField(std::string(128, 'k') + "=v"));
  const char* twice =
      "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag>"
      "<Tag><Key>a</Key><Value>2</Value></Tag></TagSet></Tagging>";
  EXPECT_EQ(ParseTagSet(twice, kMaxObjectTags).error().code, "InvalidTag");
  const char* system =
      "<Tagging><TagSet><Tag><Key>aws:a</Key><Value>1</Value></Tag></TagSet></Tagging>";
  EXPECT_THAT(ParseTagSet(system, kMaxObjectTags).error().message, testing::HasSubstr("prefixed"));
  EXPECT_THAT(ParseTagSet(system, kMaxBucketTags).error().message,
              testing::HasSubstr("System tags cannot be added/updated by requester"));
}

TEST(PageTokenTest, OnlyWhatWasGivenOut) {
  EXPECT_EQ(FromPageToken(PageToken("a/b\x01")), "a/b\x01");
  EXPECT_EQ(FromPageToken(std::nullopt), "");
  for (const char* bad : {"x", "a/b", "MQ==", "Mg=="}) {
    EXPECT_EQ(FromPageToken(bad).error().code, "InvalidArgument") << bad;
  }
}

TEST(WireTextTest, MetadataThatIsNoAscii) {
  EXPECT_EQ(MetadataField("plain =?x?="), "plain =?x?=");
  EXPECT_EQ(MetadataField("é"), "=?UTF-8?B?w6k=?=");
  EXPECT_EQ(FieldText("Hello World\xe9"), "Hello Worldé");
  EXPECT_EQ((KeyEncoding{.url = true}.Encode("a b/c+d\n")), "a%20b/c%2Bd%0A");
}

TEST(CorsTest, FirstRuleThatAllows) {
  const auto rules = ParseCors(
      "<CORSConfiguration>"
      "<CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin>"
      "<AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader></CORSRule>"
      "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
      "<MaxAgeSeconds>30</MaxAgeSeconds></CORSRule></CORSConfiguration>");
  ASSERT_TRUE(rules);
  const auto rule = [&](const CorsQuestion& question) { return FindRule(*rules, question); };
  EXPECT_EQ(rule({"https://a.example.com", "PUT", {"x-amz-date"}}), rules->data());
  EXPECT_EQ(rule({"https://a.example.com", "PUT", {"authorization"}}), nullptr);
  EXPECT_EQ(rule({"https://.example.com.evil", "PUT", {}}), nullptr);
  EXPECT_EQ(rule({"http://a.example.com", "PUT", {}}), nullptr);
  EXPECT_EQ(rule({"null", "GET", {}}), &rules->at(1));
  EXPECT_EQ(rules->at(1).max_age, 30U);
  EXPECT_EQ(ParseCors("<CORSConfiguration/>").error().code, "MalformedXML");
  EXPECT_THAT(ParseCors("<CORSConfiguration><CORSRule><AllowedOrigin>*a*</AllowedOrigin>"
                        "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>")
                  .error()
                  .message,
              HasSubstr("more than one wildcard"));
}

}  // namespace
}  // namespace ticklake::aws::s3
