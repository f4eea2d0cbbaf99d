// Byte ranges of a GET (RFC 9110, section 14) and of UploadPartCopy.
//
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "aws/aws_error.h"

namespace ticklake::aws::s3 {

struct ByteRange {
  uint64_t first = 0;
  uint64_t size = 0;
};

/// What of `total` bytes a Range field asks for. nullopt: everything, for a field that is no range,
/// or of several ranges, which S3 does not serve. InvalidRange (416) if there are no such bytes.
AwsResult<std::optional<ByteRange>> ParseRange(std::string_view field, uint64_t total);

/// "bytes=FIRST-LAST", nothing else, all of it there. InvalidArgument, InvalidRange.
AwsResult<ByteRange> ParseCopyRange(std::string_view field, uint64_t total);

}  // namespace ticklake::aws::s3
