// Multipart uploads up to their completion (complete.cc).
#include <algorithm>

#include "aws/s3/acl.h"
#include "aws/s3/call.h"
#include "aws/s3/handlers.h"
#include "aws/s3/ingest.h"
#include "aws/s3/lifecycle.h"
#include "aws/s3/object_fields.h"
#include "aws/s3/upload_state.h"
#include "aws/s3/wire_text.h"
#include "aws/xml_writer.h"

namespace ticklake::aws::s3 {
namespace {

struct WantedChecksum {
  const AlgorithmFacts* algorithm = nullptr;
  std::string type;
};

// x-amz-checksum-algorithm and -type: which types an algorithm has is S3's table.
AwsResult<WantedChecksum> WantedOf(const Call& call) {
  const auto name = call.Header("x-amz-checksum-algorithm");
  const auto type = call.Header("x-amz-checksum-type");
  if (!name) {
    if (!type) return WantedChecksum{};
    return AwsFail(400, "InvalidRequest",
                   "The x-amz-checksum-type header can only be used with the "
                   "x-amz-checksum-algorithm header.");
  }
  WantedChecksum wanted{.algorithm = FindAlgorithm(*name), .type = ""};
  if (wanted.algorithm == nullptr) {
    return AwsFail(400, "InvalidRequest",
                   "Checksum algorithm provided is unsupported. Please try again with any of the "
                   "valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
  }
  const Algorithm algorithm = wanted.algorithm->algorithm;
  const bool only_whole = algorithm == Algorithm::kCrc64nvme;
  wanted.type = type.value_or(only_whole ? "FULL_OBJECT" : "COMPOSITE");
  const bool whole = wanted.type == "FULL_OBJECT";
  if (!whole && wanted.type != "COMPOSITE") {
    return AwsFail(400, "InvalidRequest", "Value for x-amz-checksum-type header is invalid.");
  }
  if ((whole && !IsCrc(algorithm)) || (!whole && only_whole)) {
    return AwsFail(400, "InvalidRequest",
                   "The {} checksum type cannot be used with the {} checksum algorithm.",
                   wanted.type, wanted.algorithm->name);
  }
  return wanted;
}

void AddWanted(const store::MultipartUpload& upload, XmlWriter& xml) {
  if (const auto algorithm = WantedAlgorithm(upload)) {
    xml.Text("ChecksumAlgorithm", FactsOf(*algorithm).name);
    xml.Text("ChecksumType", WantsComposite(upload) ? "COMPOSITE" : "FULL_OBJECT");
  }
}

void AddPeople(const Call& call, XmlWriter& xml) {
  xml.Open("Initiator").Text("ID", kOwnerId);
  xml.Text("DisplayName", call.request.caller.arn.empty() ? kOwnerName : call.request.caller.arn);
  xml.Close();
  AddOwner(xml, "Owner");
}

}  // namespace

AwsResult<void> CreateMultipartUpload(Call& call) {
  S3_ASSIGN(store::ObjectFacts facts, FactsOfWrite(call));
  S3_ASSIGN(const WantedChecksum wanted, WantedOf(call));
  if (wanted.algorithm != nullptr) {
    facts.checksums["algorithm"] = std::string(wanted.algorithm->key);
    facts.checksums["type"] = wanted.type;
    call.reply.AddField("x-amz-checksum-algorithm", wanted.algorithm->name);
    call.reply.AddField("x-amz-checksum-type", wanted.type);
  }
  const auto upload = call.store->BeginMultipart(call.bucket, call.key, std::move(facts));
  if (!upload) return FailStore(upload.error(), "NoSuchBucket");
  XmlWriter xml("InitiateMultipartUploadResult");
  xml.Text("Bucket", call.bucket).Text("Key", call.key).Text("UploadId", upload->id);
  AddEncryptionField(call.reply);
  AddAbort(call, *upload);
  call.SendXml(200, xml.Finish());
  return {};
}

AwsResult<void> UploadPart(Call& call) {
  S3_ASSIGN(const int32_t number, PartNumberOf(call));
  S3_ASSIGN(const store::MultipartUpload upload, UploadOf(call));
  S3_TRY(CheckWriteFields(call));
  S3_ASSIGN(const Claims claims, ClaimsOf(call));
  const auto wanted = WantedAlgorithm(upload);
  if (wanted && claims.algorithm && *wanted != *claims.algorithm) {
    return AwsFail(400, "InvalidRequest",
                   "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum "
                   "Type: {}",
                   FactsOf(*wanted).key, FactsOf(*claims.algorithm).key);
  }
  S3_ASSIGN(Ingested ingested,
            Ingest(call, call.request.payload, claims, {AlgorithmOfUpload(upload)}));
  S3_ASSIGN(const store::Part part, KeepPart(call, upload, std::move(ingested), number));
  call.reply.AddField("ETag", Quoted(part.etag));
  const AlgorithmFacts& told = FactsOf(claims.algorithm.value_or(AlgorithmOfUpload(upload)));
  call.reply.AddField(told.header, part.checksums.at(std::string(told.key)));
  AddEncryptionField(call.reply);
  call.SendEmpty(200);
  return {};
}

AwsResult<void> AbortMultipartUpload(Call& call) {
  S3_ASSIGN(const store::MultipartUpload upload, UploadOf(call));
  const auto aborted = call.store->AbortMultipart(call.bucket, upload.id);
  if (!aborted) return FailStore(aborted.error(), "NoSuchUpload");
  call.SendEmpty(204);
  return {};
}

AwsResult<void> ListParts(Call& call) {
  S3_ASSIGN(const store::MultipartUpload upload, UploadOf(call));
  S3_ASSIGN(const KeyEncoding encoding, KeyEncoding::Of(call));
  S3_ASSIGN(const uint64_t marker, QueryNumber(call, "part-number-marker", 0, INT32_MAX));
  S3_ASSIGN(uint64_t most, QueryNumber(call, "max-parts", 1000, INT32_MAX));
  most = std::min<uint64_t>(most, 1000);
  auto parts = call.store->ListParts(call.bucket, upload.id);
  if (!parts) return FailStore(parts.error(), "NoSuchUpload");
  std::erase_if(*parts, [&](const store::Part& part) {
    return static_cast<uint64_t>(part.number) <= marker;
  });
  const bool more = parts->size() > most;
  if (more) parts->resize(most);
  XmlWriter xml("ListPartsResult");
  xml.Text("Bucket", call.bucket).Text("Key", encoding.Encode(call.key));
  if (encoding.url) xml.Text("EncodingType", "url");
  xml.Text("UploadId", upload.id);
  AddPeople(call, xml);
  xml.Text("StorageClass", "STANDARD").Number("PartNumberMarker", marker);
  const uint64_t next = parts->empty() ? marker : static_cast<uint64_t>(parts->back().number);
  xml.Number("NextPartNumberMarker", next).Number("MaxParts", most).Flag("IsTruncated", more);
  AddWanted(upload, xml);
  AddAbort(call, upload);
  for (const store::Part& part : *parts) {
    xml.Open("Part").Number("PartNumber", static_cast<uint64_t>(part.number));
    xml.Time("LastModified", part.modified).Text("ETag", Quoted(part.etag));
    xml.Number("Size", part.size);
    for (const auto& [key, value] : part.checksums) {
      if (const AlgorithmFacts* facts = FindAlgorithm(key)) xml.Text(facts->element, value);
    }
    xml.Close();
  }
  call.SendXml(200, xml.Finish());
  return {};
}

namespace {

struct UploadPage {
  std::vector<store::MultipartUpload> uploads;
  std::vector<std::string> prefixes;
  std::string next_key;
  std::string next_id;
  bool more = false;
};

struct UploadQuestion {
  std::string prefix;
  std::string delimiter;
  std::string key_marker;
  std::string id_marker;
  uint64_t most = 1000;
};

bool AfterMarker(const store::MultipartUpload& upload, const UploadQuestion& question,
                 bool& seen_id) {
  if (question.key_marker.empty() || upload.key > question.key_marker) return true;
  if (upload.key < question.key_marker || question.id_marker.empty()) return false;
  if (seen_id) return true;
  seen_id = upload.id == question.id_marker;
  return false;
}

// `all` is by key, then time.
UploadPage PageOf(std::vector<store::MultipartUpload> all, const UploadQuestion& question) {
  UploadPage page;
  bool seen_id = false;
  for (store::MultipartUpload& upload : all) {
    if (!upload.key.starts_with(question.prefix)) continue;
    if (!AfterMarker(upload, question, seen_id)) continue;
    const size_t cut = question.delimiter.empty()
                           ? std::string::npos
                           : upload.key.find(question.delimiter, question.prefix.size());
    const std::string common =
        cut == std::string::npos ? "" : upload.key.substr(0, cut + question.delimiter.size());
    if (!common.empty() && ((!page.prefixes.empty() && page.prefixes.back() == common) ||
                            common == question.key_marker)) {
      continue;
    }
    if (page.uploads.size() + page.prefixes.size() == question.most) {
      page.more = true;
      return page;
    }
    page.next_key = common.empty() ? upload.key : common;
    page.next_id = common.empty() ? upload.id : "";
    if (common.empty()) {
      page.uploads.push_back(std::move(upload));
    } else {
      page.prefixes.push_back(common);
    }
  }
  return page;
}

}  // namespace

AwsResult<void> ListMultipartUploads(Call& call) {
  S3_ASSIGN(const KeyEncoding encoding, KeyEncoding::Of(call));
  UploadQuestion question{.prefix = call.QueryOr("prefix", ""),
                          .delimiter = call.QueryOr("delimiter", ""),
                          .key_marker = call.QueryOr("key-marker", ""),
                          .id_marker = call.QueryOr("upload-id-marker", "")};
  S3_ASSIGN(question.most, QueryNumber(call, "max-uploads", 1000, INT32_MAX));
  question.most = std::min<uint64_t>(question.most, 1000);
  auto all = call.store->ListMultiparts(call.bucket);
  if (!all) return FailStore(all.error(), "NoSuchBucket");
  const UploadPage page = PageOf(std::move(*all), question);
  XmlWriter xml("ListMultipartUploadsResult");
  xml.Text("Bucket", call.bucket).Text("KeyMarker", encoding.Encode(question.key_marker));
  xml.Text("UploadIdMarker", question.id_marker);
  if (page.more) {
    xml.Text("NextKeyMarker", encoding.Encode(page.next_key));
    xml.Text("NextUploadIdMarker", page.next_id);
  }
  if (!question.delimiter.empty()) xml.Text("Delimiter", encoding.Encode(question.delimiter));
  xml.Text("Prefix", encoding.Encode(question.prefix)).Number("MaxUploads", question.most);
  if (encoding.url) xml.Text("EncodingType", "url");
  xml.Flag("IsTruncated", page.more);
  for (const store::MultipartUpload& upload : page.uploads) {
    xml.Open("Upload").Text("Key", encoding.Encode(upload.key)).Text("UploadId", upload.id);
    AddPeople(call, xml);
    xml.Text("StorageClass", "STANDARD").Time("Initiated", upload.initiated);
    AddWanted(upload, xml);
    xml.Close();
  }
  for (const std::string& prefix : page.prefixes) {
    xml.Open("CommonPrefixes").Text("Prefix", encoding.Encode(prefix)).Close();
  }
  call.SendXml(200, xml.Finish());
  return {};
}

}  // namespace ticklake::aws::s3
