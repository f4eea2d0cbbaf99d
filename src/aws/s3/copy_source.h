// The source of CopyObject and UploadPartCopy: x-amz-copy-source and its conditions.
#pragma once

#include <string>
#include <string_view>

#include "aws/aws_error.h"
#include "aws/s3/call.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

struct CopySource {
  std::string bucket;
  std::string key;
};

/// "/bucket/key" or "bucket/key", percent-encoded, perhaps with "?versionId=null".
AwsResult<CopySource> ParseCopySource(std::string_view field);

/// Opens the source of the call, if the caller may read it and x-amz-copy-source-if-* hold.
AwsResult<store::OpenObject> OpenCopySource(const Call& call, const CopySource& source);

}  // namespace ticklake::aws::s3
