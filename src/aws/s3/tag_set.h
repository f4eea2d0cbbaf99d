// Tags: of an object or a bucket, as XML and as the x-amz-tagging field.
//
// Threading: pure functions. Errors: InvalidTag, BadRequest for too many, MalformedXML.
#pragma once

#include <string>
#include <string_view>

#include "aws/aws_error.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

inline constexpr size_t kMaxObjectTags = 10;
inline constexpr size_t kMaxBucketTags = 50;

/// Of a <Tagging><TagSet>… document.
AwsResult<store::Facts> ParseTagSet(std::string_view xml, size_t limit);

/// Of "key=value&key2=value2", each percent-encoded.
AwsResult<store::Facts> ParseTagField(std::string_view field);

std::string TagSetXml(const store::Facts& tags);

}  // namespace ticklake::aws::s3
