#include "aws/auth_errors.h"

#include <array>
#include <string_view>

namespace ticklake::aws {
namespace {

struct Words {
  std::string_view s3;
  std::string_view json;   // status 400
  std::string_view query;  // status 403
};

constexpr auto kWords = std::to_array<Words>({
    {"AccessDenied", "MissingAuthenticationTokenException", "MissingAuthenticationToken"},
    {"InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId"},
    {"InvalidToken", "UnrecognizedClientException", "InvalidClientTokenId"},
    {"ExpiredToken", "ExpiredTokenException", "ExpiredToken"},
    {"SignatureDoesNotMatch", "InvalidSignatureException", "SignatureDoesNotMatch"},
    {"RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch"},
    {"XAmzContentSHA256Mismatch", "InvalidSignatureException", "SignatureDoesNotMatch"},
    {"AuthorizationHeaderMalformed", "IncompleteSignatureException", "IncompleteSignature"},
    {"AuthorizationQueryParametersError", "IncompleteSignatureException", "IncompleteSignature"},
    {"InvalidArgument", "IncompleteSignatureException", "IncompleteSignature"},
    {"ServiceUnavailable", "InternalServiceException", "ServiceUnavailable"},
    {"RequestEntityTooLarge", "ValidationException", "RequestEntityTooLarge"},
});

}  // namespace

AwsError InWordsOf(Wire wire, AwsError error) {
  if (wire == Wire::kS3) return error;
  // S3 denies access for it; elsewhere it is a matter of the signature.
  if (error.details.contains("HeadersNotSigned")) error.code = "SignatureDoesNotMatch";
  for (const Words& words : kWords) {
    if (error.code != words.s3) continue;
    error.code = wire == Wire::kJson ? words.json : words.query;
    if (error.status < 500 && error.status != 413) error.status = wire == Wire::kJson ? 400 : 403;
    break;
  }
  return error;
}

}  // namespace ticklake::aws
