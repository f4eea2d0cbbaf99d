// SignatureClaim: what a request says about who signed it, how, and when. Nothing of it is true
// yet: aws/authenticator.h checks it.
//
// Threading: pure functions. Source: Amazon S3 API Reference, "Authenticating Requests".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/aws_error.h"
#include "base/clock.h"
#include "net/http_server.h"
#include "net/sigv4.h"

namespace ticklake::aws {

enum class SignatureForm { kNone, kV4Header, kV4Query, kV2Header, kV2Query, kV4Form, kV2Form };

struct SignatureClaim {
  SignatureForm form = SignatureForm::kNone;
  std::string access_key;
  std::string signature;
  std::string session_token;
  Nanos signed_at = 0;
  std::optional<Nanos> expires;  ///< of the forms in the query

  net::SigningScope scope;                ///< of version 4
  std::string time;                       ///< of version 4, as net::AmzTime
  std::vector<std::string> signed_names;  ///< of version 4, in order
};

/// Errors: AuthorizationHeaderMalformed, AuthorizationQueryParametersError, InvalidArgument,
/// AccessDenied, as S3 has them.
AwsResult<SignatureClaim> ClaimOf(const net::HttpRequest& http);

/// The same of the fields of a browser's form, names in lower case: what is signed is its policy.
/// kNone: it has no field of a signature. InvalidArgument names the field that is missing.
AwsResult<SignatureClaim> FormClaimOf(const std::map<std::string, std::string>& fields);

}  // namespace ticklake::aws
