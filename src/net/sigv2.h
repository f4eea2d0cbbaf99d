// SigV2: what a signature of S3's Signature Version 2 is made of. Old clients, and presigned URLs
// of today's SDKs where an endpoint is set, have it.
//
// Threading: pure functions. Does not: sign for anyone: our own clients use version 4. Source:
// Amazon S3 Developer Guide, "Signing and authenticating REST requests"; the parameters that count
// are those that SDKs sign.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "net/digests.h"

namespace ticklake::net {

struct SigV2Request {
  std::string_view method;
  std::string_view path;                              ///< as it is sent
  std::string_view query;                             ///< as it is sent, without '?'
  std::string_view bucket;                            ///< that the host names; "" for none
  const std::map<std::string, std::string>* headers;  ///< names in lower case
  std::string_view expires;  ///< of a presigned request, instead of the date
};

std::string SigV2StringToSign(const SigV2Request& request);

/// In base64.
std::string SigV2Signature(const HmacSha1Key& secret, std::string_view string_to_sign);

}  // namespace ticklake::net
