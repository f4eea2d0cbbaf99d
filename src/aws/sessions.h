// Sessions: credentials that STS gives out for a while, without keeping a list of them.
//
// The token says whose session it is and until when, with a MAC; the secret is made of it by the
// same key, so it can be made again when a signature is to be checked. Threading: pure functions.
// Invariants: nothing of a token counts unless its MAC is right. Does not: say whether the key
// behind a session is still there.
#pragma once

#include <string>
#include <string_view>

#include "aws/aws_error.h"
#include "base/clock.h"
#include "net/digests.h"

namespace ticklake::aws {

struct Session {
  std::string access_key;  ///< its own, "ASIA…"
  std::string parent;      ///< the key that asked; "" where any key is good
  std::string arn;
  std::string user_id;
  Nanos expires = 0;
};

struct SessionCredentials {
  std::string secret;
  std::string token;
};

SessionCredentials MakeSession(const net::HmacSha256Key& key, const Session& session);

/// InvalidToken if the token is none, or for another access key; ExpiredToken.
AwsResult<Session> OpenSession(const net::HmacSha256Key& key, std::string_view token,
                               std::string_view access_key, Nanos now);

}  // namespace ticklake::aws
