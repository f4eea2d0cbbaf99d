// FrameConnection: one connection of a FrameServer (internal to net/).
//
// Beyond kFreeBytes in each direction its memory comes from the server's budgets: a frame that gets
// none waits, an answer that gets none closes the connection. Threading: everything runs on the
// connection's loop, but for Idle.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/buffer.hpp>
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
  /// Called about once a second: closes what is idle or too slow, gives memory back.
  void Sweep();
  /// Seconds without a byte, as of the last Sweep; for choosing who has to go. Any thread.
  int64_t Idle() const { return idle_.load(std::memory_order_relaxed); }
  const std::string& peer() const { return peer_; }

 private:
  // An answer in line, and the memory that it holds.
  struct Queued {
    Started started;
    size_t size = 0;
    ByteLease lease;
  };
  struct FreeBuffer {
    void operator()(char* buffer) const;
  };

  boost::asio::awaitable<void> ReadLoop();
  boost::asio::awaitable<void> WriteLoop();
  // The next frame; empty optional at the end of the connection (told in the log where wrong).
  boost::asio::awaitable<std::optional<std::string_view>> NextFrame();
  boost::asio::awaitable<bool> FillTo(size_t need);
  boost::asio::awaitable<bool> MakeRoom(size_t need);
  boost::asio::awaitable<bool> TakeMemory(size_t capacity, size_t need);
  boost::asio::awaitable<void> WaitForSpace(bool until_empty);
  boost::asio::awaitable<bool> Send(const OutMessage& message);
  boost::asio::awaitable<bool> SendPieces(const OutMessage& message);
  boost::asio::awaitable<bool> SendMemory(std::span<boost::asio::const_buffer> rest, int flags);
  boost::asio::awaitable<bool> SendFile(const FileRange& range);
  void Sent(size_t bytes);
  bool Enqueue(Started started);
  void Resize(size_t capacity);
  void EndFrame();
  bool HoldsMemory() const;
  void RefuseFrame(uint32_t length, uint32_t limit);
  void CheckPace();
  void Ended();

  boost::asio::ip::tcp::socket socket_;
  const FrameServerOptions& options_;
  const std::string peer_;
  std::unique_ptr<FrameSession> session_;
  std::function<void()> ended_;

  // Received bytes [begin_, end_) of buffer_, whose capacity beyond kFreeBytes is leased_.
  std::unique_ptr<char[], FreeBuffer> buffer_;
  size_t capacity_ = 0;
  size_t leased_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t last_frame_ = 0;

  std::deque<Queued> queue_;
  size_t queued_bytes_ = 0;
  boost::asio::steady_timer queue_changed_;
  boost::asio::steady_timer space_changed_;
  boost::asio::steady_timer memory_pause_;
  bool draining_ = false;
  bool reading_ended_ = false;
  bool handling_ = false;  // the session is at work
  bool writing_ = false;   // an answer is being made or sent, or is in line
  int halves_ = 2;         // of Run
  Pace frame_;             // arrives
  Pace answer_;            // is sent
  bool wants_memory_ = false;
  size_t answer_size_ = 0;         // memory of the one that is sent
  std::chrono::seconds quiet_{0};  // since the last byte in or out
  std::atomic<int64_t> idle_{0};
};

}  // namespace ticklake::net
