// Small texts of S3's wire: quoted ETags, keys in lists, metadata that is no ASCII.
//
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "aws/aws_error.h"
#include "aws/s3/call.h"

namespace ticklake::aws::s3 {

/// "\"etag\""
std::string Quoted(std::string_view etag);

/// COMPOSITE for "…-N", else FULL_OBJECT.
std::string_view ChecksumType(std::string_view checksum);

/// How keys are written in a list: as they are, or percent-encoded (encoding-type=url).
struct KeyEncoding {
  bool url = false;

  /// InvalidArgument for another encoding-type.
  static AwsResult<KeyEncoding> Of(const Call& call);
  /// '/' stays as it is.
  std::string Encode(std::string_view key) const;
};

/// A field's value as text: bytes that are no UTF-8 are taken as Latin-1, as HTTP once had it.
std::string FieldText(std::string_view value);

/// ASCII as it is; anything else as RFC 2047 has it ("=?UTF-8?B?…?="), which is what S3 answers.
std::string MetadataField(std::string_view value);

}  // namespace ticklake::aws::s3
