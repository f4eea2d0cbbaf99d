// HttpClient: one HTTP/1.1 request and its answer, for talking to a running process.
//
// Blocking; a connection for each call. Threading: free function, any thread. Does not: TLS,
// redirects, or retries.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake::net {

struct HttpCall {
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  std::string method = "GET";
  std::string target = "/";  ///< escaped path and query
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::chrono::milliseconds connect_timeout{2'000};
  std::chrono::milliseconds idle_timeout{600'000};  ///< without a byte from the server
  std::stop_token cancel;                           ///< closes the connection
};

struct HttpAnswer {
  int status = 0;
  std::string content_type;
  std::map<std::string, std::string> fields;  ///< of head and trailer; names in lower case
  std::string body;
};

/// Takes a piece of a body; `answer` has status and type. An error ends the call.
using HttpBodyFunction = std::function<Result<void>(const HttpAnswer& answer, std::string_view)>;

/// Calls, handing the body on as it arrives. Errors: kUnavailable (nobody listens, or the answer
/// broke off), kTimeout, kCorrupt (no HTTP), kCancelled, and what `on_body` says.
Result<HttpAnswer> HttpStream(const HttpCall& call, const HttpBodyFunction& on_body);

/// Calls and returns the whole answer.
Result<HttpAnswer> HttpFetch(const HttpCall& call);

}  // namespace ticklake::net
