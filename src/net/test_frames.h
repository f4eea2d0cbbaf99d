// For tests of frame servers: a session that echoes, and a blocking client.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "base/bytes.h"
#include "base/fs.h"
#include "net/frame_server.h"
#include "net/one_shot.h"

namespace ticklake::net {

// Where the session leaves what the test opens.
class Gate {
 public:
  void store(std::shared_ptr<OneShot<int>> gate) {
    const std::lock_guard lock(mutex_);
    gate_ = std::move(gate);
  }
  std::shared_ptr<OneShot<int>> load() {
    const std::lock_guard lock(mutex_);
    return gate_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<OneShot<int>> gate_;
};

// Answers a frame with itself; "later" only when Release is called; "bye" closes; "mute" is silent;
// "file PATH" has the file in it, "file +PATH" claims that it is longer.
class Echo : public FrameSession {
 public:
  Echo(boost::asio::any_io_executor executor, Gate* gate)
      : executor_(std::move(executor)), gate_(gate) {}

  boost::asio::awaitable<Started> Start(std::string_view frame) override {
    Started started;
    started.now.message.emplace().bytes = std::string(frame);
    if (frame == "mute") started.now.message.reset();
    started.now.close = frame == "bye";
    if (frame == "later") {
      auto gate = std::make_shared<OneShot<int>>(executor_);
      started.later = Later(gate);
      gate_->store(std::move(gate));
    }
    if (frame == "spliced") {
      auto owner = std::make_shared<std::string>("[shared]");
      started.now.message->splices = {{3, *owner, owner}};
    }
    if (frame.starts_with("file ")) started.now.message->splices = {{4, {}, nullptr, Whole(frame)}};
    co_return started;
  }

 private:
  static FileRange Whole(std::string_view frame) {
    const bool more = frame[5] == '+';
    FileRange range;
    range.file =
        PosixFileSystem().Open(std::string(frame.substr(more ? 6 : 5)), OpenMode::kRead).value();
    range.size = range.file->Size().value() + (more ? 1 : 0);
    return range;
  }
  static boost::asio::awaitable<Reply> Later(std::shared_ptr<OneShot<int>> gate) {
    const std::optional<int> value = co_await gate->Wait(std::chrono::seconds(10));
    Reply reply;
    reply.message.emplace().bytes = "later " + std::to_string(value.value_or(-1));
    co_return reply;
  }

  boost::asio::any_io_executor executor_;
  Gate* gate_;
};

class Client {
 public:
  explicit Client(uint16_t port) : socket_(context_) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
  }
  static std::string Framed(std::string_view body) {
    std::string frame;
    AppendBig<uint32_t>(frame, static_cast<uint32_t>(body.size()));
    return frame.append(body);
  }
  void Write(std::string_view bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }
  void Send(std::string_view body) { Write(Framed(body)); }
  // "(closed)" when there is no further answer.
  std::string Receive() {
    char length[4];
    boost::system::error_code error;
    boost::asio::read(socket_, boost::asio::buffer(length), error);
    if (error) return "(closed)";
    std::string body(LoadBig<uint32_t>(length), '\0');
    boost::asio::read(socket_, boost::asio::buffer(body), error);
    return error ? "(closed)" : body;
  }
  // So many bytes of the stream, framed or not.
  std::string Read(size_t size) {
    std::string bytes(size, '\0');
    boost::system::error_code error;
    bytes.resize(boost::asio::read(socket_, boost::asio::buffer(bytes), error));
    return bytes;
  }
  void CloseSending() { socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send); }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
};

}  // namespace ticklake::net
