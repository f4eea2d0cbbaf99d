// HttpConnection: one connection of an HttpServer (internal to net/).
//
// Threading: everything runs on the connection's loop, but for Serve, which runs on a pool and has
// the socket to itself meanwhile: the loop then at most watches it, or shuts it down.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/byte_budget.h"
#include "net/http_body.h"
#include "net/http_server.h"
#include "net/pace.h"

namespace ticklake::net {

/// Counts handlers that were called for and have not returned. Threading: safe from any thread.
class HandlerCount {
 public:
  void Enter() {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  void Leave() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) none_.notify_all();
  }
  /// Waits until there is none; false if it takes longer.
  bool WaitForNone(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, patience, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  size_t count_ = 0;
};

/// What all connections of a server share.
struct HttpShared {
  explicit HttpShared(HttpServerOptions o)
      : options(std::move(o)),
        bodies(options.max_bodies),
        quick(options.quick_threads),
        slow(options.slow_threads) {}

  /// What a body that is streamed must keep up: more when all threads are at work.
  PaceLimits Pace() const;

  const HttpServerOptions options;
  ByteBudget bodies;
  std::atomic<size_t> streaming{0};  ///< handlers at work
  HandlerCount handlers;
  boost::asio::thread_pool quick;
  boost::asio::thread_pool slow;
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(boost::asio::ip::tcp::socket socket, std::shared_ptr<HttpShared> shared,
                 std::string peer);

  /// Serves requests until the connection ends.
  boost::asio::awaitable<void> Run();
  /// Cancels the handler that runs and closes.
  void Close();
  /// Since when it has been waiting for its client; nullopt while a handler runs.
  std::optional<std::chrono::steady_clock::time_point> WaitingSince() const { return waiting_; }
  bool closed() const { return closed_; }
  const std::string& peer() const { return peer_; }
  /// Writes bytes within the server's patience; false when the client is gone.
  boost::asio::awaitable<bool> Send(std::string bytes);

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  // What a handler is called with besides the request.
  struct Work {
    HttpRoute route;
    bool keep = true;  // the client wants the connection to go on
    BodyForm body;     // of one that streams
  };

  // Memory for the body that the header announces; answers and returns false if there is none.
  boost::asio::awaitable<bool> TakeMemory(const Parser& parser);
  boost::asio::awaitable<void> RefuseFor(HttpRefusal refusal);
  // A request's head; nullptr at the end of the connection, or when it was refused.
  boost::asio::awaitable<std::unique_ptr<Parser>> ReadHead();
  // False when it was refused.
  boost::asio::awaitable<bool> ReadBody(Parser& parser);
  boost::asio::awaitable<void> Refuse(boost::beast::error_code error, bool begun);
  // False when the connection must end.
  boost::asio::awaitable<bool> Answer(Parser& parser);
  boost::asio::awaitable<bool> Handle(const Work& work, HttpRequest request);
  bool Serve(const Work& work, HttpRequest& request);
  void WatchForEnd(const std::shared_ptr<std::stop_source>& stop);

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  const std::shared_ptr<HttpShared> shared_;
  const std::string peer_;
  ByteLease body_;  // of the request at hand
  std::optional<std::chrono::steady_clock::time_point> waiting_ = std::chrono::steady_clock::now();
  std::shared_ptr<std::stop_source> running_;  // of the handler that runs
  bool closed_ = false;
};

}  // namespace ticklake::net
