#include "aws/s3/ingest.h"

#include <algorithm>

#include "base/base64.h"

namespace ticklake::aws::s3 {
namespace {

constexpr size_t kBuffer = 256 << 10;
constexpr uint64_t kMaxBytes = 5ULL << 30;  // of one request, as S3

// Not zeroed: it is written before it is read.
struct Buffer {
  std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(kBuffer);
};

AwsResult<void> AddMd5(const Call& call, Claims& claims) {
  const auto field = call.Header("content-md5");
  if (!field) return {};
  claims.md5 = FromBase64(*field);
  if (!claims.md5 || claims.md5->size() != 16) {
    auto failure = AwsFail(400, "InvalidDigest", "The Content-MD5 you specified was invalid");
    failure.error().details["Content-MD5"] = *field;
    return failure;
  }
  return {};
}

AwsResult<void> AddChecksum(const Call& call, Claims& claims) {
  for (const AlgorithmFacts& facts : kAlgorithms) {
    const auto value = call.Header(facts.header);
    if (!value) continue;
    if (claims.algorithm) {
      return AwsFail(400, "InvalidRequest",
                     "Expecting a single x-amz-checksum- header. Multiple checksum Types are not "
                     "allowed.");
    }
    if (!IsChecksum(facts.algorithm, *value)) {
      return AwsFail(400, "InvalidRequest", "Value for {} header is invalid.", facts.header);
    }
    claims.algorithm = facts.algorithm;
    claims.checksum = value;
  }
  return {};
}

// The algorithm of a trailer that is announced, or named alone.
AwsResult<void> AddNamed(const Call& call, Claims& claims) {
  if (claims.algorithm) return {};
  const auto trailer = call.Header("x-amz-trailer");
  const AlgorithmFacts* facts = trailer ? FindAlgorithm(*trailer) : nullptr;
  claims.in_trailer = facts != nullptr;
  if (facts == nullptr) {
    const auto name = call.Header("x-amz-sdk-checksum-algorithm");
    if (!name || name->empty()) return {};
    facts = FindAlgorithm(*name);
    if (facts == nullptr) {
      return AwsFail(400, "InvalidRequest",
                     "Value for x-amz-sdk-checksum-algorithm header is invalid: {}", *name);
    }
  }
  claims.algorithm = facts->algorithm;
  return {};
}

std::unexpected<AwsError> Incomplete(uint64_t have, uint64_t told) {
  return AwsFail(400, "IncompleteBody",
                 "You did not provide the number of bytes specified by the Content-Length HTTP "
                 "header: {} of {}",
                 have, told);
}

}  // namespace

AwsResult<Claims> ClaimsOf(const Call& call) {
  Claims claims;
  S3_TRY(AddMd5(call, claims));
  S3_TRY(AddChecksum(call, claims));
  S3_TRY(AddNamed(call, claims));
  return claims;
}

AwsResult<void> CheckClaims(const Claims& claims, const Digest& digest,
                            const std::map<std::string, std::string>& trailers) {
  if (claims.md5 && *claims.md5 != digest.md5()) {
    auto failure =
        AwsFail(400, "BadDigest", "The Content-MD5 you specified did not match what we received.");
    failure.error().details = {{"ExpectedDigest", Base64(*claims.md5)},
                               {"CalculatedDigest", Base64(digest.md5())}};
    return failure;
  }
  if (!claims.algorithm) return {};
  const AlgorithmFacts& facts = FactsOf(*claims.algorithm);
  std::optional<std::string> told = claims.checksum;
  if (claims.in_trailer) {
    const auto it = trailers.find(std::string(facts.header));
    if (it == trailers.end()) {
      return AwsFail(400, "MalformedTrailerError",
                     "The request contained trailing data that was not well-formed or did not "
                     "conform to our published schema: {} was announced and did not come",
                     facts.header);
    }
    told = it->second;
    if (!IsChecksum(facts.algorithm, *told)) {
      return AwsFail(400, "InvalidRequest", "Value for {} trailing header is invalid.",
                     facts.header);
    }
  }
  if (told && *told != digest.Value(facts.algorithm)) {
    return AwsFail(400, "BadDigest", "The {} you specified did not match the calculated checksum.",
                   facts.name);
  }
  return {};
}

AwsResult<Ingested> Ingest(Call& call, Payload& payload, const Claims& claims,
                           std::vector<Algorithm> algorithms) {
  const std::optional<uint64_t> told = payload.length();
  if (told.value_or(0) > kMaxBytes) {
    auto failure = AwsFail(400, "EntityTooLarge",
                           "Your proposed upload exceeds the maximum allowed size; send it in "
                           "parts");
    failure.error().details = {{"ProposedSize", std::to_string(*told)},
                               {"MaxSizeAllowed", std::to_string(kMaxBytes)}};
    return failure;
  }
  if (claims.algorithm && std::ranges::find(algorithms, *claims.algorithm) == algorithms.end()) {
    algorithms.push_back(*claims.algorithm);
  }
  auto upload = call.store->Begin(call.bucket);
  if (!upload) return FailStore(upload.error(), "NoSuchBucket");
  Ingested ingested{.upload = std::move(*upload), .digest = Digest(algorithms)};
  const Buffer buffer;
  while (true) {
    S3_ASSIGN(const size_t got, payload.Read(buffer.bytes.get(), kBuffer));
    if (got == 0) break;
    const std::string_view piece(buffer.bytes.get(), got);
    ingested.digest.Update(piece);
    if (auto written = ingested.upload->Append(piece); !written) return FailStore(written.error());
    if (ingested.upload->size() > kMaxBytes) {
      return AwsFail(400, "EntityTooLarge",
                     "Your proposed upload exceeds the maximum allowed size; send it in parts");
    }
  }
  ingested.digest.Finish();
  if (told && ingested.upload->size() != *told) return Incomplete(ingested.upload->size(), *told);
  S3_TRY(CheckClaims(claims, ingested.digest, payload.trailers()));
  return ingested;
}

AwsResult<Ingested> IngestFrom(Call& call, const store::OpenObject& source, ByteRange range,
                               const std::vector<Algorithm>& algorithms) {
  auto upload = call.store->Begin(call.bucket);
  if (!upload) return FailStore(upload.error(), "NoSuchBucket");
  Ingested ingested{.upload = std::move(*upload), .digest = Digest(algorithms)};
  const Buffer buffer;
  const uint64_t end = range.first + range.size;
  for (uint64_t at = range.first; at < end;) {
    const size_t want = std::min<uint64_t>(kBuffer, end - at);
    auto got = source.file->ReadAt(at, buffer.bytes.get(), want);
    if (!got) return FailStore(got.error());
    if (*got == 0) {
      return AwsFail(500, "InternalError", "{}: its file ends at byte {}", source.object.key, at);
    }
    const std::string_view piece(buffer.bytes.get(), *got);
    ingested.digest.Update(piece);
    if (auto written = ingested.upload->Append(piece); !written) return FailStore(written.error());
    at += *got;
  }
  ingested.digest.Finish();
  return ingested;
}

}  // namespace ticklake::aws::s3
