#include "net/frame_server.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "net/frame_connection.h"
#include "net/listen.h"

namespace ticklake::net {

namespace asio = boost::asio;
using asio::ip::tcp;

size_t OutMessage::size() const {
  size_t sum = bytes.size();
  for (const Splice& splice : splices) sum += splice.data.size() + splice.range.size;
  return sum;
}

size_t OutMessage::memory() const {
  size_t sum = bytes.size();
  for (const Splice& splice : splices) {
    sum += splice.data.size() + (splice.range.file != nullptr ? kOpenFileBytes : 0);
  }
  return sum;
}

namespace {

std::string PeerName(const tcp::socket& socket) {
  boost::system::error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return "(gone)";
  return HostPort{peer.address().to_string(), peer.port()}.ToString();
}

}  // namespace

struct FrameServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(IoRunner& r, FrameServerOptions o, SessionFactory f)
      : runner(r), options(std::move(o)), factory(std::move(f)), home(runner.Next()) {}

  asio::awaitable<void> AcceptLoop();
  asio::awaitable<void> SweepLoop(asio::io_context& loop);
  void Adopt(tcp::socket socket, asio::io_context& loop);
  /// Calls `action` on every connection, on its own loop.
  void ForEach(void (FrameConnection::*action)());
  void Gone(const std::shared_ptr<FrameConnection>& connection);
  bool MakePlaceFor(const std::string& peer);
  bool WaitUntilGone(std::chrono::milliseconds limit);

  IoRunner& runner;
  const FrameServerOptions options;
  const SessionFactory factory;
  asio::io_context& home;  // of the acceptor
  std::optional<tcp::acceptor> acceptor;
  uint16_t port = 0;
  std::atomic<bool> stopping{false};

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::map<std::shared_ptr<FrameConnection>, asio::io_context*> open;
};

asio::awaitable<void> FrameServer::Impl::AcceptLoop() {
  const auto self = shared_from_this();
  while (!stopping) {
    asio::io_context& loop = runner.Next();
    tcp::socket socket(loop);
    boost::system::error_code error;
    co_await acceptor->async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (stopping) co_return;
    if (!error) {
      asio::post(loop, [self, &loop, moved = std::make_shared<tcp::socket>(std::move(socket))] {
        self->Adopt(std::move(*moved), loop);
      });
      continue;
    }
    // Out of descriptors, most likely: the ones in use must end first.
    spdlog::error("{}: cannot accept a connection: {}; trying again in 0.1 s", options.name,
                  error.message());
    asio::steady_timer pause(home, std::chrono::milliseconds(100));
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

void FrameServer::Impl::Adopt(tcp::socket socket, asio::io_context& loop) {
  const std::string peer = PeerName(socket);
  boost::system::error_code ignored;
  (void)socket.set_option(tcp::no_delay(true), ignored);
  const asio::any_io_executor executor = loop.get_executor();
  auto connection = std::make_shared<FrameConnection>(std::move(socket), options, peer);
  {
    const std::lock_guard lock(mutex);
    if (stopping) return;
    if (open.size() >= options.max_connections && !MakePlaceFor(peer)) return;
    open.emplace(connection, &loop);
  }
  const std::weak_ptr<FrameConnection> weak = connection;
  connection->Run(factory(executor, peer), [self = shared_from_this(), weak] {
    if (const auto gone = weak.lock()) self->Gone(gone);
  });
}

// Closes the connection that was idle for longest, so that whoever holds many of them for nothing
// cannot keep others out; false if none was. The mutex is held.
bool FrameServer::Impl::MakePlaceFor(const std::string& peer) {
  const auto longest =
      std::ranges::max_element(open, {}, [](const auto& entry) { return entry.first->Idle(); });
  if (longest == open.end() || longest->first->Idle() == 0) {
    spdlog::warn("{}: {}: refused, all {} connections are in use", options.name, peer, open.size());
    return false;
  }
  spdlog::warn("{}: {}: closed to make place for {}: of {} connections it was idle for longest",
               options.name, longest->first->peer(), peer, open.size());
  asio::post(*longest->second, [gone = longest->first] { gone->Close(); });
  open.erase(longest);
  return true;
}

void FrameServer::Impl::Gone(const std::shared_ptr<FrameConnection>& connection) {
  const std::lock_guard lock(mutex);
  open.erase(connection);
  changed.notify_all();
}

asio::awaitable<void> FrameServer::Impl::SweepLoop(asio::io_context& loop) {
  const auto self = shared_from_this();
  asio::steady_timer timer(loop);
  while (!stopping) {
    timer.expires_after(std::chrono::seconds(1));
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    std::vector<std::shared_ptr<FrameConnection>> mine;
    {
      const std::lock_guard lock(mutex);
      for (const auto& [connection, home_loop] : open) {
        if (home_loop == &loop) mine.push_back(connection);
      }
    }
    for (const auto& connection : mine) connection->Sweep();
  }
}

void FrameServer::Impl::ForEach(void (FrameConnection::*action)()) {
  const std::lock_guard lock(mutex);
  for (const auto& [connection, loop] : open) {
    asio::post(*loop, [each = connection, action] { ((*each).*action)(); });
  }
}

bool FrameServer::Impl::WaitUntilGone(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex);
  return changed.wait_for(lock, limit, [this] { return open.empty(); });
}

FrameServer::FrameServer(IoRunner& runner, FrameServerOptions options, SessionFactory factory)
    : impl_(std::make_shared<Impl>(runner, std::move(options), std::move(factory))) {}

FrameServer::~FrameServer() { Stop(); }

Result<void> FrameServer::Start() {
  TL_TRY(Bind());
  Accept();
  return {};
}

Result<void> FrameServer::Bind() {
  Impl& server = *impl_;
  TL_ASSIGN(server.acceptor,
            Listen(server.home, server.options.listen, server.options.listen_option));
  server.port = server.acceptor->local_endpoint().port();
  return {};
}

void FrameServer::Accept() {
  Impl& server = *impl_;
  if (server.options.metrics != nullptr) {
    const std::weak_ptr<Impl> weak = impl_;
    server.options.metrics->OnRead(fmt::format("ticklake_{}_connections", server.options.name),
                                   "Open client connections", [weak] {
                                     const auto self = weak.lock();
                                     if (!self) return 0.0;
                                     const std::lock_guard lock(self->mutex);
                                     return static_cast<double>(self->open.size());
                                   });
  }
  asio::co_spawn(server.home, server.AcceptLoop(), asio::detached);
  for (size_t i = 0; i < server.runner.size(); ++i) {
    asio::io_context& loop = server.runner.At(i);
    asio::co_spawn(loop, server.SweepLoop(loop), asio::detached);
  }
}

void FrameServer::Stop() {
  Impl& server = *impl_;
  if (server.stopping.exchange(true) || !server.acceptor) return;
  asio::post(server.home, [impl = impl_] {
    boost::system::error_code ignored;
    (void)impl->acceptor->close(ignored);
  });
  server.ForEach(&FrameConnection::Drain);
  if (server.WaitUntilGone(server.options.drain_limit)) return;
  spdlog::warn("{}: some requests did not end within {} ms; closing their connections",
               server.options.name, server.options.drain_limit.count());
  server.ForEach(&FrameConnection::Close);
  server.WaitUntilGone(std::chrono::seconds(1));
}

uint16_t FrameServer::port() const { return impl_->port; }

size_t FrameServer::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->open.size();
}

}  // namespace ticklake::net
