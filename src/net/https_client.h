// HttpsClient: HTTP and HTTPS requests to services that are not ours, over kept connections.
//
// Blocking: a call takes an idle connection, or makes one, and gives it back. Proxies come from the
// usual variables (https_proxy, no_proxy). Threading: Send from any number of threads. Invariants:
// a request with `once` is on the wire at most once, whatever becomes of the connection; an answer
// is whole or an error. Does not: sign, retry, follow redirects, or stream: what is large is asked
// for in ranges. For a running Ticklake on this machine there is http_client.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace ticklake::net {

struct HttpsOptions {
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::seconds idle_timeout{60};  ///< without a byte in either direction
  std::string ca_bundle;                  ///< a PEM file; "": the system's
  bool use_proxy = true;                  ///< false: never, whatever the environment says
  size_t max_idle = 64;                   ///< connections that are kept
};

struct HttpsAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

struct HttpsRequest {
  std::string method = "GET";
  std::string url;  ///< escaped; goes out as it is
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;  ///< the caller's
  /// Not to be sent again on a new connection when a kept one turns out to be dead.
  bool once = false;
  std::chrono::milliseconds timeout{0};  ///< of the whole call; 0: none
  std::stop_token cancel;
};

class HttpsClient {
 public:
  explicit HttpsClient(HttpsOptions options = {});
  ~HttpsClient();
  HttpsClient(const HttpsClient&) = delete;
  HttpsClient& operator=(const HttpsClient&) = delete;

  /// Errors: kUnavailable: nothing was sent (no address, no connection); kAuth: the server's
  /// certificate is not trusted; kTimeout, kOutcomeUnknown: it was sent, and no whole answer came;
  /// kCancelled; kInvalid: the URL.
  Result<HttpsAnswer> Send(const HttpsRequest& request);

 private:
  struct Handle;
  std::unique_ptr<Handle> Take();
  void GiveBack(std::unique_ptr<Handle> handle);

  const HttpsOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_;  // the last used one is the last
};

}  // namespace ticklake::net
