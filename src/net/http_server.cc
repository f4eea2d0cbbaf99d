#include "net/http_server.h"

#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>

#include "base/log.h"
#include "net/http_connection.h"
#include "net/io_runner.h"
#include "net/listen.h"

namespace ticklake::net {

namespace asio = boost::asio;
using asio::ip::tcp;

class HttpServer::Parts {
 public:
  explicit Parts(HttpServerOptions options)
      : shared_(std::make_shared<HttpShared>(std::move(options))), acceptor_(runner_.At(0)) {}

  Result<void> Start() {
    const HttpServerOptions& options = shared_->options;
    TL_ASSIGN(acceptor_, Listen(runner_.At(0), options.listen, options.listen_option));
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(runner_.At(0), Accept(), asio::detached);
    return {};
  }

  bool StopWithin(std::chrono::milliseconds patience) {
    Close();
    if (!shared_->handlers.WaitForNone(patience)) return false;
    Stop();
    return true;
  }

  void Stop() {
    if (stopped_) return;
    stopped_ = true;
    Close();
    // Handlers need the loop to send, so it goes last.
    shared_->slow.join();
    shared_->quick.join();
    runner_.Stop();
  }

  uint16_t port() const { return port_; }

 private:
  void Close() {
    if (closed_) return;
    closed_ = true;
    asio::post(runner_.At(0), asio::use_future([this] { CloseAll(); })).get();
  }

  void CloseAll() {
    boost::system::error_code ignored;
    closing_ = true;
    (void)acceptor_.close(ignored);
    for (const auto& connection : connections_) connection->Close();
  }

  asio::awaitable<void> Accept() {
    while (!closing_) {
      boost::system::error_code error;
      tcp::socket socket =
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (closing_) co_return;
      if (error) {
        // Out of descriptors, most likely: the ones in use must end first.
        spdlog::error("http: cannot accept a connection: {}; trying again in 0.1 s",
                      error.message());
        asio::steady_timer pause(runner_.At(0), std::chrono::milliseconds(100));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      Serve(std::move(socket));
    }
  }

  // Closes the connection that has waited for its client for longest; false if none waits.
  bool MakePlaceFor(const std::string& peer) {
    std::shared_ptr<HttpConnection> longest;
    for (const auto& each : connections_) {
      if (!each->WaitingSince() || each->closed()) continue;
      if (longest == nullptr || *each->WaitingSince() < *longest->WaitingSince()) longest = each;
    }
    if (longest == nullptr) return false;
    spdlog::warn("http: {}: closed to make place for {}: it was idle for longest of {}",
                 longest->peer(), peer, connections_.size());
    longest->Close();
    connections_.erase(longest);
    return true;
  }

  void Serve(tcp::socket socket) {
    boost::system::error_code ignored;
    const tcp::endpoint from = socket.remote_endpoint(ignored);
    const std::string peer = HostPort{from.address().to_string(), from.port()}.ToString();
    if (connections_.size() >= shared_->options.max_connections && !MakePlaceFor(peer)) {
      spdlog::warn("http: {}: refused, all {} connections are at work", peer, connections_.size());
      return;
    }
    (void)socket.set_option(tcp::no_delay(true), ignored);
    const auto connection = std::make_shared<HttpConnection>(std::move(socket), shared_, peer);
    connections_.insert(connection);
    asio::co_spawn(runner_.At(0), connection->Run(),
                   [this, connection](const std::exception_ptr& error) {
                     if (error) connection->Close();
                     connections_.erase(connection);
                   });
  }

  IoRunner runner_{"http", 1};
  const std::shared_ptr<HttpShared> shared_;
  tcp::acceptor acceptor_;
  uint16_t port_ = 0;
  bool closed_ = false;
  bool stopped_ = false;
  // On the loop only.
  bool closing_ = false;
  std::set<std::shared_ptr<HttpConnection>> connections_;
};

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpServer::~HttpServer() { Stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options) {
  auto parts = std::make_unique<Parts>(std::move(options));
  TL_TRY(parts->Start());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

uint16_t HttpServer::port() const { return parts_->port(); }

void HttpServer::Stop() { parts_->Stop(); }

bool HttpServer::StopWithin(std::chrono::milliseconds patience) {
  return parts_->StopWithin(patience);
}

std::string JsonError(std::string_view code, std::string_view message) {
  const boost::json::object error = {
      {"code", boost::json::string_view(code.data(), code.size())},
      {"message", boost::json::string_view(message.data(), message.size())}};
  return boost::json::serialize(boost::json::object{{"error", error}}) + '\n';
}

}  // namespace ticklake::net
