// Ingest: the bytes of an upload on their way to the store, with their digests, in one pass.
//
// Threading: as Call. Invariants: memory is one buffer, whatever the object's size; what fails to
// match what the client said of it is never finished, and so leaves nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/aws_error.h"
#include "aws/s3/call.h"
#include "aws/s3/checksums.h"
#include "aws/s3/range.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

/// What a client says of the body that it sends.
struct Claims {
  std::optional<std::string> md5;  ///< 16 bytes
  /// Of its x-amz-checksum-*, or else of the algorithm that it names.
  std::optional<Algorithm> algorithm;
  std::optional<std::string> checksum;  ///< base64; none: in the trailer, or not given
  bool in_trailer = false;
};

/// From the fields of the request. InvalidDigest, InvalidRequest.
AwsResult<Claims> ClaimsOf(const Call& call);

/// Checks what was read. BadDigest. `trailers` are the payload's.
AwsResult<void> CheckClaims(const Claims& claims, const Digest& digest,
                            const std::map<std::string, std::string>& trailers);

struct Ingested {
  std::unique_ptr<store::Upload> upload;
  Digest digest;
};

/// Reads a payload into an upload; `algorithms` are computed besides the claimed one.
AwsResult<Ingested> Ingest(Call& call, Payload& payload, const Claims& claims,
                           std::vector<Algorithm> algorithms);

/// The same of a range of an object that is there.
AwsResult<Ingested> IngestFrom(Call& call, const store::OpenObject& source, ByteRange range,
                               const std::vector<Algorithm>& algorithms);

}  // namespace ticklake::aws::s3
