// Address: which bucket and key a request is about, from its host and its target.
//
// Path style is /bucket/key; virtual-host style names the bucket in the host: bucket.localhost,
// bucket.s3.amazonaws.com, bucket.s3.us-east-1.amazonaws.com, bucket.s3.localhost.localstack.cloud.
// The path is decoded exactly once; '+' is a plus, and nothing is normalised: "a//b/../c" is a key.
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "aws/aws_error.h"
#include "net/http_server.h"

namespace ticklake::aws::s3 {

struct Address {
  std::string bucket;  ///< "": the service itself
  std::string key;     ///< "": the bucket itself
};

/// InvalidURI for a bad escape, a NUL, or what is not UTF-8; KeyTooLongError beyond 1,024 bytes.
AwsResult<Address> AddressOf(const net::HttpRequest& http);

/// The bucket that a host names; "" for none.
std::string BucketOfHost(std::string_view host);

/// Percent escapes decoded once. InvalidURI for a bad one.
AwsResult<std::string> DecodePath(std::string_view path);

/// KeyTooLongError, or InvalidURI for what no key can be. Also for keys in XML and form fields.
AwsResult<void> CheckKey(std::string_view key);

/// By AWS's rules for new buckets: 3 to 63 of a-z, 0-9, '.' and '-' …
bool IsBucketName(std::string_view name);
/// What that takes, for messages.
inline constexpr std::string_view kBucketNameRule =
    "a bucket's name has 3 to 63 characters of a-z, 0-9, '.' and '-', begins and ends with a "
    "letter "
    "or digit, is no IP address and none of the names that S3 keeps for itself";

}  // namespace ticklake::aws::s3
