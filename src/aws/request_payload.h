// The payload of a request whose body is streamed, as what its signature says of it demands.
//
// Threading: pure functions.
#pragma once

#include <memory>

#include "aws/authenticator.h"
#include "aws/service.h"

namespace ticklake::aws {

/// Over http.stream, which outlives it. MissingContentLength for chunks of a length that is not
/// told.
AwsResult<std::unique_ptr<Payload>> MakePayload(const net::HttpRequest& http, BodyClaim claim);

}  // namespace ticklake::aws
