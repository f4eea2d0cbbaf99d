// The three lists of a bucket's objects.
#include <algorithm>

#include "aws/s3/acl.h"
#include "aws/s3/call.h"
#include "aws/s3/checksums.h"
#include "aws/s3/handlers.h"
#include "aws/s3/object_fields.h"
#include "aws/s3/page_token.h"
#include "aws/s3/wire_text.h"
#include "aws/xml_writer.h"

namespace ticklake::aws::s3 {
namespace {

constexpr uint64_t kMaxKeys = 1000;

struct Listed {
  store::ListPage page;
  std::string prefix;
  std::string delimiter;
  uint64_t max_keys = 0;
  KeyEncoding encoding;

  std::string last() const { return page.entries.back().object.key; }
  bool more() const { return page.more && !page.entries.empty(); }
};

AwsResult<Listed> List(const Call& call, const std::string& after) {
  Listed listed;
  S3_ASSIGN(listed.encoding, KeyEncoding::Of(call));
  S3_ASSIGN(const uint64_t wanted, QueryNumber(call, "max-keys", kMaxKeys, INT32_MAX));
  listed.max_keys = std::min(wanted, kMaxKeys);
  listed.prefix = call.QueryOr("prefix", "");
  listed.delimiter = call.QueryOr("delimiter", "");
  if (call.Query("allow-unordered") == "true" && !listed.delimiter.empty()) {
    return InvalidArgument("allow-unordered", "true",
                           "a list with a delimiter is ordered; leave one of them out");
  }
  if (listed.max_keys == 0) return listed;
  auto page = call.store->List(call.bucket, {.prefix = listed.prefix,
                                             .after = after,
                                             .delimiter = listed.delimiter,
                                             .limit = listed.max_keys});
  if (!page) return FailStore(page.error(), "NoSuchBucket");
  listed.page = std::move(*page);
  return listed;
}

// Characters that no XML document can hold, even as references.
bool IsNotXml(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

void AddChecksumKinds(const store::Object& object, XmlWriter& xml) {
  for (const AlgorithmFacts& facts : kAlgorithms) {
    const auto it = object.facts.checksums.find(std::string(facts.key));
    if (it == object.facts.checksums.end()) continue;
    xml.Text("ChecksumAlgorithm", facts.name).Text("ChecksumType", ChecksumType(it->second));
    return;
  }
}

void AddObjects(const Listed& listed, std::string_view element, bool owner, XmlWriter& xml) {
  for (const store::ListPage::Entry& entry : listed.page.entries) {
    if (entry.is_prefix) continue;
    const store::Object& object = entry.object;
    xml.Open(element).Text("Key", listed.encoding.Encode(object.key));
    if (element == "Version") xml.Text("VersionId", "null").Flag("IsLatest", true);
    xml.Time("LastModified", object.modified).Text("ETag", Quoted(object.facts.etag));
    AddChecksumKinds(object, xml);
    xml.Number("Size", object.size);
    if (owner) AddOwner(xml, "Owner");
    xml.Text("StorageClass", StorageClassOf(object.facts)).Close();
  }
  for (const store::ListPage::Entry& entry : listed.page.entries) {
    if (!entry.is_prefix) continue;
    xml.Open("CommonPrefixes").Text("Prefix", listed.encoding.Encode(entry.object.key)).Close();
  }
}

void AddQuestion(const Listed& listed, XmlWriter& xml) {
  xml.Number("MaxKeys", listed.max_keys);
  if (!listed.delimiter.empty()) xml.Text("Delimiter", listed.encoding.Encode(listed.delimiter));
  if (listed.encoding.url) xml.Text("EncodingType", "url");
  xml.Flag("IsTruncated", listed.more());
}

}  // namespace

AwsResult<void> ListObjects(Call& call) {
  const std::string marker = call.QueryOr("marker", "");
  S3_ASSIGN(const Listed listed, List(call, marker));
  XmlWriter xml("ListBucketResult");
  // S3's SDKs decode all names of this list but its prefix.
  const bool plain = std::ranges::none_of(listed.prefix, IsNotXml);
  xml.Text("Name", call.bucket);
  xml.Text("Prefix", plain ? listed.prefix : listed.encoding.Encode(listed.prefix));
  xml.Text("Marker", listed.encoding.Encode(marker));
  // Without a delimiter a client goes on from the last key, as S3 has it.
  if (listed.more() && !listed.delimiter.empty()) {
    xml.Text("NextMarker", listed.encoding.Encode(listed.last()));
  }
  AddQuestion(listed, xml);
  AddObjects(listed, "Contents", true, xml);
  call.SendXml(200, xml.Finish());
  return {};
}

AwsResult<void> ListObjectsV2(Call& call) {
  const auto token = call.Query("continuation-token");
  const std::string start = call.QueryOr("start-after", "");
  S3_ASSIGN(std::string after, FromPageToken(token));
  if (after.empty()) after = start;
  S3_ASSIGN(const Listed listed, List(call, after));
  XmlWriter xml("ListBucketResult");
  xml.Text("Name", call.bucket).Text("Prefix", listed.encoding.Encode(listed.prefix));
  if (token) xml.Text("ContinuationToken", *token);
  if (!start.empty()) xml.Text("StartAfter", listed.encoding.Encode(start));
  if (listed.more()) xml.Text("NextContinuationToken", PageToken(listed.last()));
  xml.Number("KeyCount", listed.page.entries.size());
  AddQuestion(listed, xml);
  AddObjects(listed, "Contents", call.Query("fetch-owner") == "true", xml);
  call.SendXml(200, xml.Finish());
  return {};
}

AwsResult<void> ListObjectVersions(Call& call) {
  const std::string marker = call.QueryOr("key-marker", "");
  S3_ASSIGN(const Listed listed, List(call, marker));
  XmlWriter xml("ListVersionsResult");
  xml.Text("Name", call.bucket).Text("Prefix", listed.encoding.Encode(listed.prefix));
  xml.Text("KeyMarker", listed.encoding.Encode(marker));
  xml.Text("VersionIdMarker", call.QueryOr("version-id-marker", ""));
  if (listed.more()) {
    xml.Text("NextKeyMarker", listed.encoding.Encode(listed.last()));
    xml.Text("NextVersionIdMarker", "null");
  }
  AddQuestion(listed, xml);
  AddObjects(listed, "Version", true, xml);
  call.SendXml(200, xml.Finish());
  return {};
}

}  // namespace ticklake::aws::s3
