#include "aws/s3/upload_state.h"

#include "aws/s3/xml_reader.h"
#include "base/bytes.h"

namespace ticklake::aws::s3 {

AwsError NoSuchUpload(std::string_view id) {
  return {404,
          "NoSuchUpload",
          "The specified upload does not exist. The upload ID may be invalid, or the upload may "
          "have been aborted or completed.",
          {{"UploadId", std::string(id)}}};
}

AwsResult<store::MultipartUpload> UploadOf(const Call& call) {
  const std::string id = call.QueryOr("uploadId", "");
  auto upload = call.store->GetMultipart(call.bucket, id);
  if (!upload && upload.error().code != Code::kNotFound) return FailStore(upload.error());
  if (!upload || upload->key != call.key) return std::unexpected(NoSuchUpload(id));
  return std::move(*upload);
}

AwsResult<int32_t> PartNumberOf(const Call& call) {
  const std::string text = call.QueryOr("partNumber", "");
  const auto number = ParseNumber(text);
  if (!number || *number < 1 || *number > 10'000) {
    return InvalidArgument("partNumber", text,
                           "Part number must be an integer between 1 and 10000, inclusive");
  }
  return static_cast<int32_t>(*number);
}

std::optional<Algorithm> WantedAlgorithm(const store::MultipartUpload& upload) {
  const auto it = upload.facts.checksums.find("algorithm");
  if (it == upload.facts.checksums.end()) return std::nullopt;
  const AlgorithmFacts* facts = FindAlgorithm(it->second);
  if (facts == nullptr) return std::nullopt;
  return facts->algorithm;
}

Algorithm AlgorithmOfUpload(const store::MultipartUpload& upload) {
  return WantedAlgorithm(upload).value_or(Algorithm::kCrc64nvme);
}

bool WantsComposite(const store::MultipartUpload& upload) {
  const auto it = upload.facts.checksums.find("type");
  return it != upload.facts.checksums.end() && it->second == "COMPOSITE";
}

AwsResult<store::Part> KeepPart(Call& call, const store::MultipartUpload& upload, Ingested ingested,
                                int32_t number) {
  store::Part part{.number = number, .etag = Hex(ingested.digest.md5())};
  for (const AlgorithmFacts& facts : kAlgorithms) {
    const std::string value = ingested.digest.Value(facts.algorithm);
    if (!value.empty()) part.checksums[std::string(facts.key)] = value;
  }
  auto kept = call.store->FinishPart(std::move(ingested.upload), upload, std::move(part));
  if (kept) return std::move(*kept);
  if (kept.error().code == Code::kNotFound) return std::unexpected(NoSuchUpload(upload.id));
  return FailStore(kept.error());
}

}  // namespace ticklake::aws::s3
