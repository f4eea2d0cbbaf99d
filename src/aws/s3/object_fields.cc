#include "aws/s3/object_fields.h"

#include <algorithm>
#include <array>

#include "aws/s3/acl.h"
#include "aws/s3/checksums.h"
#include "aws/s3/tag_set.h"
#include "aws/s3/wire_text.h"
#include "net/http_date.h"

namespace ticklake::aws::s3 {
namespace {

constexpr std::string_view kMeta = "x-amz-meta-";
constexpr size_t kMaxMetadata = 2048;  // bytes of names and values, as S3

// Kept and given back as they came.
constexpr std::array kKept = {"cache-control",    "content-disposition",
                              "content-language", "expires",
                              "content-type",     "x-amz-website-redirect-location"};
constexpr std::string_view kStorageClass = "x-amz-storage-class";
constexpr std::string_view kEncryption = "x-amz-server-side-encryption";

// Names of those that are as quick to read as STANDARD; kept and told, and all the same here.
constexpr std::array kStorageClasses = {"STANDARD",   "STANDARD_IA",
                                        "ONEZONE_IA", "INTELLIGENT_TIERING",
                                        "GLACIER_IR", "REDUCED_REDUNDANCY"};
constexpr std::array kArchives = {"GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "SNOW", "EXPRESS_ONEZONE"};

AwsResult<void> CheckStorageClass(const Call& call) {
  const auto name = call.Header(kStorageClass);
  if (!name || std::ranges::find(kStorageClasses, *name) != kStorageClasses.end()) return {};
  if (std::ranges::find(kArchives, *name) != kArchives.end()) {
    return AwsFail(501, "NotImplemented",
                   "storage class {} is not served: nothing is archived here; leave "
                   "x-amz-storage-class out",
                   *name);
  }
  auto failure =
      AwsFail(400, "InvalidStorageClass", "The storage class you specified is not valid");
  failure.error().details["StorageClassRequested"] = *name;
  return failure;
}

AwsResult<void> CheckEncryption(const Call& call) {
  for (const char* field : {"x-amz-server-side-encryption-customer-algorithm",
                            "x-amz-server-side-encryption-customer-key",
                            "x-amz-server-side-encryption-customer-key-md5",
                            "x-amz-server-side-encryption-aws-kms-key-id"}) {
    if (!call.Header(field)) continue;
    return AwsFail(501, "NotImplemented", "there are no encryption keys here: leave {} out", field);
  }
  const auto kind = call.Header(kEncryption);
  if (!kind || *kind == "AES256") return {};
  if (kind->starts_with("aws:")) {
    return AwsFail(501, "NotImplemented",
                   "there are no encryption keys here: {} is not served; AES256 is taken, and the "
                   "bytes are as safe as the disk",
                   *kind);
  }
  return InvalidArgument(kEncryption, *kind, "The encryption method specified is not supported");
}

AwsResult<void> CheckLock(const Call& call) {
  for (const char* field : {"x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date",
                            "x-amz-object-lock-legal-hold"}) {
    if (!call.Header(field)) continue;
    return AwsFail(400, "InvalidRequest",
                   "Bucket is missing Object Lock Configuration: leave {} out", field);
  }
  return {};
}

AwsResult<store::Facts> MetadataOf(const Call& call) {
  store::Facts metadata;
  size_t size = 0;
  for (const auto& [name, value] : call.request.http.headers) {
    if (!name.starts_with(kMeta)) continue;
    const std::string text = FieldText(value);
    size += name.size() - kMeta.size() + text.size();
    metadata[FieldText(name.substr(kMeta.size()))] = text;
  }
  if (size > kMaxMetadata) {
    auto failure = AwsFail(400, "MetadataTooLarge",
                           "Your metadata headers exceed the maximum allowed metadata size");
    failure.error().details = {{"Size", std::to_string(size)},
                               {"MaxSizeAllowed", std::to_string(kMaxMetadata)}};
    return failure;
  }
  return metadata;
}

// Without the part that only says how the body was sent.
std::string ContentEncoding(std::string_view field) {
  std::string kept;
  while (!field.empty()) {
    const size_t comma = std::min(field.find(','), field.size());
    std::string_view one = field.substr(0, comma);
    field.remove_prefix(std::min(comma + 1, field.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.empty() || one == "aws-chunked") continue;
    if (!kept.empty()) kept += ", ";
    kept += one;
  }
  return kept;
}

}  // namespace

AwsResult<void> CheckWriteFields(const Call& call) {
  S3_TRY(CheckAclFields(call, AclOf::kObject));
  S3_TRY(CheckStorageClass(call));
  S3_TRY(CheckEncryption(call));
  return CheckLock(call);
}

AwsResult<store::ObjectFacts> FactsOfWrite(const Call& call) {
  S3_TRY(CheckWriteFields(call));
  store::ObjectFacts facts;
  for (const char* name : kKept) {
    if (const auto value = call.Header(name); value && !value->empty()) {
      facts.headers[name] = FieldText(*value);
    }
  }
  if (const auto encoding = call.Header("content-encoding")) {
    const std::string kept = ContentEncoding(FieldText(*encoding));
    if (!kept.empty()) facts.headers["content-encoding"] = kept;
  }
  const auto storage = call.Header(kStorageClass);
  if (storage && *storage != "STANDARD") facts.headers[std::string(kStorageClass)] = *storage;
  S3_ASSIGN(facts.metadata, MetadataOf(call));
  if (const auto tags = call.Header("x-amz-tagging")) {
    S3_ASSIGN(facts.tags, ParseTagField(*tags));
  }
  return facts;
}

void AddObjectFields(Call& call, const store::Object& object) {
  net::HttpReply& reply = call.reply;
  reply.AddField("ETag", Quoted(object.facts.etag));
  reply.AddField("Last-Modified", net::HttpDate(object.modified));
  reply.AddField("Accept-Ranges", "bytes");
  AddEncryptionField(reply);
  for (const auto& [name, value] : object.facts.headers) {
    // Earlier versions kept the encryption that was asked for.
    if (name == "content-type" || name == kEncryption || name.starts_with("x-ticklake-")) continue;
    if (call.Query("response-" + name)) continue;
    reply.AddField(name, MetadataField(value));
  }
  for (const char* name : kKept) {
    const auto instead = call.Query(std::string("response-") + name);
    if (instead && std::string_view(name) != "content-type") reply.AddField(name, *instead);
  }
  if (const auto encoding = call.Query("response-content-encoding")) {
    reply.AddField("content-encoding", *encoding);
  }
  for (const auto& [name, value] : object.facts.metadata) {
    reply.AddField(std::string(kMeta) + name, MetadataField(value));
  }
  if (!object.facts.tags.empty()) {
    reply.AddField("x-amz-tagging-count", std::to_string(object.facts.tags.size()));
  }
}

void AddChecksumFields(net::HttpReply& reply, const store::Facts& checksums) {
  for (const AlgorithmFacts& facts : kAlgorithms) {
    const auto it = checksums.find(std::string(facts.key));
    if (it == checksums.end()) continue;
    reply.AddField(facts.header, it->second);
    reply.AddField("x-amz-checksum-type", ChecksumType(it->second));
  }
}

std::string StorageClassOf(const store::ObjectFacts& facts) {
  const auto it = facts.headers.find(std::string(kStorageClass));
  return it == facts.headers.end() ? "STANDARD" : it->second;
}

void AddEncryptionField(net::HttpReply& reply) { reply.AddField(kEncryption, "AES256"); }

}  // namespace ticklake::aws::s3
