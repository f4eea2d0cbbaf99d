// The header fields of objects: those that come with a write and are kept, and those of answers.
//
// Threading: pure functions, but for AddObjectFields, which writes to the call's reply.
#pragma once

#include "aws/aws_error.h"
#include "aws/s3/call.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

/// Content-Type …, x-amz-meta-*, x-amz-tagging, and what is checked only: ACL, storage class,
/// encryption. MetadataTooLarge, InvalidStorageClass, NotImplemented …
AwsResult<store::ObjectFacts> FactsOfWrite(const Call& call);

/// Only their checks: what a write asks for and does not get is refused.
AwsResult<void> CheckWriteFields(const Call& call);

/// All fields of an answer with the object but those of its length and type.
void AddObjectFields(Call& call, const store::Object& object);

/// x-amz-checksum-*, and x-amz-checksum-type.
void AddChecksumFields(net::HttpReply& reply, const store::Facts& checksums);

/// STANDARD unless another one was asked for.
std::string StorageClassOf(const store::ObjectFacts& facts);

/// x-amz-server-side-encryption: AES256, which S3 tells of every object, asked for or not.
void AddEncryptionField(net::HttpReply& reply);

}  // namespace ticklake::aws::s3
