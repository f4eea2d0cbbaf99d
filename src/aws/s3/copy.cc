// Copies inside the store: a whole object, or a range of it as a part.
#include "aws/s3/call.h"
#include "aws/s3/conditions.h"
#include "aws/s3/copy_source.h"
#include "aws/s3/handlers.h"
#include "aws/s3/ingest.h"
#include "aws/s3/lifecycle.h"
#include "aws/s3/object_fields.h"
#include "aws/s3/upload_state.h"
#include "aws/s3/wire_text.h"
#include "aws/s3/write.h"
#include "aws/xml_writer.h"
#include "base/bytes.h"

namespace ticklake::aws::s3 {
namespace {

constexpr uint64_t kMaxCopy = 5ULL << 30;

// True: as the request says; false: as the source has it.
AwsResult<bool> Replaces(const Call& call, std::string_view field) {
  const std::string directive = call.Header(field).value_or("COPY");
  if (directive == "COPY" || directive == "REPLACE") return directive == "REPLACE";
  return InvalidArgument(field, directive, fmt::format("Unknown {}: {}", field, directive));
}

AwsResult<void> CheckSelfCopy(const Call& call, const CopySource& source, bool replaces) {
  const bool self = source.bucket == call.bucket && source.key == call.key;
  if (!self || replaces || call.Header("x-amz-storage-class") ||
      call.Header("x-amz-website-redirect-location") ||
      call.Header("x-amz-server-side-encryption") || call.about.facts.contains("encryption")) {
    return {};
  }
  return AwsFail(400, "InvalidRequest",
                 "This copy request is illegal because it is trying to copy an object to itself "
                 "without changing the object's metadata, storage class, website redirect "
                 "location or encryption attributes.");
}

// The facts of the copy: each of three groups is the source's or the request's.
AwsResult<store::ObjectFacts> FactsOfCopy(const Call& call, const store::ObjectFacts& source,
                                          bool replaces) {
  S3_ASSIGN(const bool new_tags, Replaces(call, "x-amz-tagging-directive"));
  S3_ASSIGN(store::ObjectFacts facts, FactsOfWrite(call));
  if (!replaces) {
    facts.metadata = source.metadata;
    store::Facts headers = source.headers;
    for (const char* own : {"x-amz-storage-class", "x-amz-server-side-encryption",
                            "x-amz-website-redirect-location"}) {
      headers.erase(own);
      const auto asked = facts.headers.find(own);
      if (asked != facts.headers.end()) headers[own] = asked->second;
    }
    std::erase_if(headers, [](const auto& h) { return h.first.starts_with("x-ticklake-"); });
    facts.headers = std::move(headers);
  }
  if (!new_tags) facts.tags = source.tags;
  return facts;
}

AwsResult<Algorithm> AlgorithmOfCopy(const Call& call, const store::ObjectFacts& source) {
  if (const auto name = call.Header("x-amz-checksum-algorithm")) {
    const AlgorithmFacts* facts = FindAlgorithm(*name);
    if (facts != nullptr) return facts->algorithm;
    return InvalidArgument("x-amz-checksum-algorithm", *name,
                           "Checksum algorithm provided is unsupported");
  }
  for (const AlgorithmFacts& facts : kAlgorithms) {
    if (source.checksums.contains(std::string(facts.key))) return facts.algorithm;
  }
  return Algorithm::kCrc64nvme;
}

}  // namespace

AwsResult<void> CopyObject(Call& call) {
  S3_ASSIGN(const CopySource from, ParseCopySource(*call.Header("x-amz-copy-source")));
  S3_ASSIGN(const bool replaces, Replaces(call, "x-amz-metadata-directive"));
  S3_ASSIGN(const store::WriteCondition condition, WriteConditionOf(call.request.http.headers));
  S3_ASSIGN(const store::OpenObject source, OpenCopySource(call, from));
  S3_TRY(CheckSelfCopy(call, from, replaces));
  if (source.object.size > kMaxCopy) {
    return AwsFail(400, "InvalidRequest",
                   "The specified copy source is larger than the maximum allowable size for a "
                   "copy source: {}; copy it in parts",
                   kMaxCopy);
  }
  S3_ASSIGN(store::ObjectFacts facts, FactsOfCopy(call, source.object.facts, replaces));
  S3_ASSIGN(const Algorithm algorithm, AlgorithmOfCopy(call, source.object.facts));
  S3_TRY(CheckBefore(call, condition));
  S3_ASSIGN(Ingested ingested, IngestFrom(call, source, {0, source.object.size}, {algorithm}));
  facts.etag = Hex(ingested.digest.md5());
  facts.checksums[std::string(FactsOf(algorithm).key)] = ingested.digest.Value(algorithm);
  const auto object =
      call.store->Finish(std::move(ingested.upload), call.key, std::move(facts), condition);
  if (!object) return std::unexpected(WriteError(call, condition, object.error()));
  XmlWriter xml("CopyObjectResult");
  xml.Text("ETag", Quoted(object->facts.etag)).Time("LastModified", object->modified);
  xml.Text("ChecksumType", "FULL_OBJECT");
  xml.Text(FactsOf(algorithm).element, ingested.digest.Value(algorithm));
  AddEncryptionField(call.reply);
  AddExpiration(call, *object);
  call.SendXml(200, xml.Finish());
  return {};
}

AwsResult<void> UploadPartCopy(Call& call) {
  S3_ASSIGN(const int32_t number, PartNumberOf(call));
  S3_ASSIGN(const store::MultipartUpload upload, UploadOf(call));
  S3_ASSIGN(const CopySource from, ParseCopySource(*call.Header("x-amz-copy-source")));
  S3_ASSIGN(const store::OpenObject source, OpenCopySource(call, from));
  ByteRange range{0, source.object.size};
  if (const auto field = call.Header("x-amz-copy-source-range")) {
    S3_ASSIGN(range, ParseCopyRange(*field, source.object.size));
  }
  if (range.size > kMaxCopy) {
    return AwsFail(400, "InvalidRequest",
                   "The specified copy source is larger than the maximum allowable size for a "
                   "copy source: {}; name a smaller x-amz-copy-source-range",
                   kMaxCopy);
  }
  const Algorithm algorithm = AlgorithmOfUpload(upload);
  S3_ASSIGN(Ingested ingested, IngestFrom(call, source, range, {algorithm}));
  S3_ASSIGN(const store::Part part, KeepPart(call, upload, std::move(ingested), number));
  XmlWriter xml("CopyPartResult");
  xml.Text("ETag", Quoted(part.etag)).Time("LastModified", part.modified);
  for (const auto& [key, value] : part.checksums) {
    xml.Text(FindAlgorithm(key)->element, value);
  }
  AddEncryptionField(call.reply);
  call.SendXml(200, xml.Finish());
  return {};
}

}  // namespace ticklake::aws::s3
