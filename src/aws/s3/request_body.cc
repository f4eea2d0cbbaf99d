#include "aws/s3/request_body.h"

#include "aws/s3/ingest.h"

namespace ticklake::aws::s3 {

AwsResult<std::string> ReadBody(Call& call, size_t limit) {
  S3_ASSIGN(const Claims claims, ClaimsOf(call));
  S3_ASSIGN(std::string body, ReadAll(call.request.payload, limit));
  std::vector<Algorithm> algorithms;
  if (claims.algorithm) algorithms.push_back(*claims.algorithm);
  Digest digest(algorithms);
  digest.Update(body);
  digest.Finish();
  S3_TRY(CheckClaims(claims, digest, call.request.payload.trailers()));
  return body;
}

AwsResult<std::string> ReadCheckedBody(Call& call, size_t limit) {
  S3_ASSIGN(const Claims claims, ClaimsOf(call));
  if (!claims.md5 && !claims.checksum && !claims.in_trailer) {
    return AwsFail(400, "InvalidRequest",
                   "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
  }
  return ReadBody(call, limit);
}

}  // namespace ticklake::aws::s3
