// The handlers of S3's operations, named as the operations: one function a row of operations.cc.
//
// Each reads its call, does the work and answers it, or returns the error to be answered and has
// then changed nothing. Threading: as Call.
#pragma once

#include "aws/aws_error.h"

namespace ticklake::aws::s3 {

struct Call;

// buckets.cc
AwsResult<void> ListBuckets(Call& call);
AwsResult<void> CreateBucket(Call& call);
AwsResult<void> HeadBucket(Call& call);
AwsResult<void> DeleteBucket(Call& call);
AwsResult<void> GetBucketLocation(Call& call);

// bucket_config.cc
AwsResult<void> GetStored(Call& call);
AwsResult<void> PutStored(Call& call);
AwsResult<void> DeleteStored(Call& call);
AwsResult<void> GetBucketPolicyStatus(Call& call);
AwsResult<void> GetBucketVersioning(Call& call);
AwsResult<void> PutBucketVersioning(Call& call);

// off.cc
AwsResult<void> AnswerOff(Call& call);
AwsResult<void> AcceptOff(Call& call);
AwsResult<void> RestoreObject(Call& call);

// acl.cc
AwsResult<void> GetAcl(Call& call);
AwsResult<void> PutAcl(Call& call);

// list.cc
AwsResult<void> ListObjects(Call& call);
AwsResult<void> ListObjectsV2(Call& call);
AwsResult<void> ListObjectVersions(Call& call);

// get_object.cc
AwsResult<void> GetObject(Call& call);
AwsResult<void> GetObjectAttributes(Call& call);

// put_object.cc, copy.cc, delete.cc, tagging.cc, post_object.cc
AwsResult<void> PutObject(Call& call);
AwsResult<void> CopyObject(Call& call);
AwsResult<void> UploadPartCopy(Call& call);
AwsResult<void> DeleteObject(Call& call);
AwsResult<void> DeleteObjects(Call& call);
AwsResult<void> GetObjectTagging(Call& call);
AwsResult<void> PutObjectTagging(Call& call);
AwsResult<void> DeleteObjectTagging(Call& call);
AwsResult<void> PostObject(Call& call);

// multipart.cc, complete.cc
AwsResult<void> CreateMultipartUpload(Call& call);
AwsResult<void> UploadPart(Call& call);
AwsResult<void> AbortMultipartUpload(Call& call);
AwsResult<void> ListParts(Call& call);
AwsResult<void> ListMultipartUploads(Call& call);
AwsResult<void> CompleteMultipartUpload(Call& call);

// cors.cc
AwsResult<void> Preflight(Call& call);

}  // namespace ticklake::aws::s3
