// HostCheck: whether a request to a door that lets anybody in was meant for it.
//
// A web page may make a browser send requests to this machine: with a name of its own that it lets
// point here (DNS rebinding), or from another origin. Neither is what a client of AWS does.
// Threading: pure functions.
#pragma once

#include <string_view>

#include "aws/aws_error.h"
#include "net/http_server.h"

namespace ticklake::aws {

/// Whether a Host (with or without a port) is an address, this machine, or a name of AWS's form
/// that no stranger can let point here: localhost, *.localhost, *.amazonaws.com …
bool IsOwnHost(std::string_view host);

/// Whether a browser sent it from a page of another place.
bool IsForeignOrigin(const net::HttpRequest& http);

/// AccessDenied with what to do, for a foreign host.
AwsResult<void> CheckHost(const net::HttpRequest& http);

}  // namespace ticklake::aws
