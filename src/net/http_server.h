// HttpServer: a small HTTP/1.1 server for the control plane and the wire formats above it.
//
// One thread waits for requests; handlers run on a pool, may block, and use the socket themselves.
// A handler answers whole (Send) or streams (Begin, Write), and is told by a stop token when its
// client is gone or the server stops; one that streams takes the body too in pieces, as it arrives.
// Threading: Start and Stop from one thread; handlers run concurrently. Invariants: bodies and
// headers beyond their limits are refused before a handler sees them; once Stop returns no handler
// runs. Does not: TLS, authentication, or websockets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "net/address.h"

namespace ticklake::net {

/// A body that a handler takes in pieces while it arrives.
class HttpBody {
 public:
  virtual ~HttpBody() = default;
  /// Bytes that will come, where the client said so; none: it comes in chunks.
  virtual std::optional<uint64_t> length() const = 0;
  /// Waits for up to `size` bytes; 0 at the end. The first call sends "100 Continue" to a client
  /// that waits for it. kUnavailable: the client is gone or too slow; kCorrupt: no HTTP.
  virtual Result<size_t> Read(char* buffer, size_t size) = 0;
};

struct HttpRequest {
  std::string method;                        ///< upper case
  std::string target;                        ///< as it came: "/v1/sql?x=%20"
  std::string peer;                          ///< "127.0.0.1:51234"
  std::string path;                          ///< decoded, without the query: "/v1/sql"
  std::map<std::string, std::string> query;  ///< decoded; of a repeated name the last
  /// Names in lower case; the values of a repeated one with "," between them, as AWS signs them.
  std::map<std::string, std::string> headers;
  std::string body;
  HttpBody* stream = nullptr;  ///< of a handler that streams, which has no `body`
  std::stop_token cancel;      ///< the client is gone, or the server stops
};

/// The answer to one request. Used by its handler only, until that returns.
class HttpReply {
 public:
  virtual ~HttpReply() = default;
  /// Adds a field to the head, or, after Begin without a length, to the trailer that follows the
  /// body. Control characters in the value become spaces.
  virtual void AddField(std::string_view name, std::string_view value) = 0;
  /// Answers with a whole body. Not after Begin.
  virtual void Send(int status, std::string_view content_type, std::string_view body) = 0;
  /// Starts an answer whose body follows in pieces; ends when the handler returns. A body shorter
  /// than the length that was told closes the connection.
  virtual Result<void> Begin(int status, std::string_view content_type,
                             std::optional<uint64_t> length = {}) = 0;
  /// Sends a piece and waits until the socket took it: a slow client slows its handler only.
  /// kUnavailable when the client is gone.
  virtual Result<void> Write(std::string_view piece) = 0;
  /// Writes bytes of a file, without copying them where the system can. Also what reading says.
  virtual Result<void> WriteFile(File& file, uint64_t offset, uint64_t size) = 0;
  /// Closes the connection in the middle of the body, so that the client knows it is not whole.
  virtual void Abort() = 0;
};

/// What a request is refused with before any handler sees it.
struct HttpRefusal {
  int status = 400;
  std::string_view message;
  std::string_view target;  ///< of one that is refused for it; else ""
};

/// The body of such an answer, and what is said of it.
struct HttpRefusalBody {
  std::string type;
  std::string body;
};

using HttpHandler = std::function<void(const HttpRequest&, HttpReply&)>;

struct HttpRoute {
  std::string method;  ///< "GET" also answers HEAD
  std::string path;    ///< exactly this path
  HttpHandler handler;
  bool slow = false;     ///< may take long: runs apart, so that the quick ones still answer
  bool streams = false;  ///< slow, and takes the body from HttpRequest::stream
};

struct HttpServerOptions {
  HostPort listen;                                  ///< port 0: any free one, see port()
  std::string listen_option = "the listen option";  ///< what to change, for messages
  std::vector<HttpRoute> routes;
  /// For paths without a route; by default 404. A known path with another method is 405.
  HttpHandler fallback;
  bool fallback_streams = false;  ///< as HttpRoute::streams
  /// By default as JsonError.
  std::function<HttpRefusalBody(const HttpRefusal&)> refusal_body;
  /// Heads say that answers change all the time and are not for browsers to guess at.
  bool guard_browsers = true;
  size_t slow_threads = 4;            ///< slow handlers at once; more of them wait
  size_t quick_threads = 2;           ///< all other handlers
  size_t max_connections = 256;       ///< beyond: the one without a request for longest has to go
  size_t max_body = 1 << 20;          ///< bytes
  size_t max_bodies = 16 << 20;       ///< bytes, of all requests together; beyond: 503
  uint32_t max_header = 16 << 10;     ///< bytes
  std::chrono::seconds idle{60};      ///< between requests
  std::chrono::seconds patience{30};  ///< for a request to arrive whole, or a piece to be taken
};

class HttpServer {
 public:
  /// Listens and serves. Errors: kIo, as Listen has them (port in use, …).
  static Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  uint16_t port() const;
  /// Cancels what runs and waits for it. Also done by the destructor.
  void Stop();
  /// The same, for so long at most. False if a handler does not heed that it is cancelled: it still
  /// runs, and neither the server nor what the handler uses may be destroyed.
  bool StopWithin(std::chrono::milliseconds patience);

 private:
  class Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// A JSON error body as every endpoint of the control plane has it:
/// {"error":{"code":"invalid","message":"…"}}.
std::string JsonError(std::string_view code, std::string_view message);

}  // namespace ticklake::net
