// Multipart uploads under way: the one a call names, what it wants of checksums, and its parts.
#pragma once

#include <cstdint>
#include <optional>

#include "aws/aws_error.h"
#include "aws/s3/call.h"
#include "aws/s3/checksums.h"
#include "aws/s3/ingest.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

AwsError NoSuchUpload(std::string_view id);

/// The upload of ?uploadId, which must be of the call's key. NoSuchUpload.
AwsResult<store::MultipartUpload> UploadOf(const Call& call);

/// ?partNumber: 1 to 10,000. InvalidArgument.
AwsResult<int32_t> PartNumberOf(const Call& call);

/// What CreateMultipartUpload was told; nullopt if nothing.
std::optional<Algorithm> WantedAlgorithm(const store::MultipartUpload& upload);
/// The same, or S3's default of today.
Algorithm AlgorithmOfUpload(const store::MultipartUpload& upload);
bool WantsComposite(const store::MultipartUpload& upload);

/// Makes what was read a part of the upload.
AwsResult<store::Part> KeepPart(Call& call, const store::MultipartUpload& upload, Ingested ingested,
                                int32_t number);

}  // namespace ticklake::aws::s3
