// FrameConnection: one connection of a FrameServer (internal to net/).
#pragma once

#include <deque>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/frame_server.h"

namespace ticklake::net {

class FrameConnection : public std::enable_shared_from_this<FrameConnection> {
 public:
  FrameConnection(boost::asio::ip::tcp::socket socket, const FrameServerOptions& options,
                  std::string peer);

  /// Runs both halves until the connection is closed; `ended` is called once, on the loop.
  void Run(std::unique_ptr<FrameSession> session, std::function<void()> ended);
  /// Reads no further frame; closes once everything is answered.
  void Drain();
  void Close();
  /// Called about once a second: closes what is idle or stalled for too long.
  void Sweep();

 private:
  boost::asio::awaitable<void> ReadLoop();
  boost::asio::awaitable<void> WriteLoop();
  // The next frame; empty optional at the end of the connection (told in the log where wrong).
  boost::asio::awaitable<std::optional<std::string_view>> NextFrame();
  boost::asio::awaitable<bool> FillTo(size_t need);
  boost::asio::awaitable<bool> Send(const OutMessage& message);
  void MakeRoom(size_t need);
  void RefuseFrame(uint32_t length);
  void Ended();

  boost::asio::ip::tcp::socket socket_;
  const FrameServerOptions& options_;
  const std::string peer_;
  std::unique_ptr<FrameSession> session_;
  std::function<void()> ended_;

  // Received bytes [begin_, end_) of buffer_.
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t last_frame_ = 0;

  std::deque<Started> queue_;
  size_t queued_bytes_ = 0;
  boost::asio::steady_timer queue_changed_;
  boost::asio::steady_timer space_changed_;
  bool draining_ = false;
  bool reading_ended_ = false;
  bool in_frame_ = false;          // a frame has begun to arrive
  bool handling_ = false;          // the session is at work
  int halves_ = 2;                 // of Run
  std::chrono::seconds quiet_{0};  // since the last byte in or out
};

}  // namespace ticklake::net
