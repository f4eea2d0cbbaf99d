// An AwsRequest as it goes out: URL, headers, signature. For net/aws only.
#pragma once

#include <string>

#include "net/aws/aws_client.h"

namespace ticklake::net {

struct Scope {
  std::string region;
  Nanos now = 0;
};

/// Signed by Signature Version 4 in the headers. A body is signed too, unless it goes over TLS to
/// S3, which has a checksum of its own.
HttpsRequest SignedRequest(const AwsRequest& request, const AwsCredentials& credentials,
                           const Scope& scope);

}  // namespace ticklake::net
