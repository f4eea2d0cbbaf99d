#include "net/frame_connection.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/bytes.h"
#include "base/log.h"

namespace ticklake::net {

namespace asio = boost::asio;

namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kFirstBuffer = 64 << 10;
constexpr size_t kKeptBuffer = 4 << 20;  // a larger one is given back after its frame

asio::awaitable<void> WaitFor(asio::steady_timer& signal) {
  signal.expires_at(asio::steady_timer::time_point::max());
  boost::system::error_code ignored;
  co_await signal.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace

FrameConnection::FrameConnection(asio::ip::tcp::socket socket, const FrameServerOptions& options,
                                 std::string peer)
    : socket_(std::move(socket)),
      options_(options),
      peer_(std::move(peer)),
      queue_changed_(socket_.get_executor()),
      space_changed_(socket_.get_executor()) {}

void FrameConnection::Run(std::unique_ptr<FrameSession> session, std::function<void()> ended) {
  session_ = std::move(session);
  ended_ = std::move(ended);
  const auto self = shared_from_this();
  const auto done = [self](const std::exception_ptr& failure) {
    if (failure) {
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& e) {
        spdlog::error("{}: {}: closing the connection: {}", self->options_.name, self->peer_,
                      e.what());
      }
      self->Close();
    }
    self->Ended();
  };
  asio::co_spawn(socket_.get_executor(), ReadLoop(), done);
  asio::co_spawn(socket_.get_executor(), WriteLoop(), done);
}

void FrameConnection::Ended() {
  reading_ended_ = true;
  queue_changed_.cancel();
  if (--halves_ > 0) return;
  Close();
  ended_();
}

void FrameConnection::Drain() {
  draining_ = true;
  boost::system::error_code ignored;
  if (!handling_) (void)socket_.shutdown(asio::ip::tcp::socket::shutdown_receive, ignored);
}

void FrameConnection::Close() {
  boost::system::error_code ignored;
  (void)socket_.close(ignored);
  draining_ = true;
  queue_changed_.cancel();
  space_changed_.cancel();
}

void FrameConnection::Sweep() {
  quiet_ += std::chrono::seconds(1);
  if (handling_) return;
  if (in_frame_ && quiet_ > options_.stall_limit) {
    spdlog::warn("{}: {}: a frame stopped {} bytes in for {} s; closing the connection",
                 options_.name, peer_, end_ - begin_, quiet_.count());
    return Close();
  }
  if (quiet_ > options_.idle_limit) Close();
}

asio::awaitable<void> FrameConnection::ReadLoop() {
  while (!draining_) {
    const std::optional<std::string_view> frame = co_await NextFrame();
    if (!frame) break;
    handling_ = true;
    Started started = co_await session_->Start(*frame);
    handling_ = false;
    if (started.now.message) queued_bytes_ += started.now.message->size();
    queue_.push_back(std::move(started));
    queue_changed_.cancel();
    while (!draining_ && socket_.is_open() &&
           (queue_.size() >= options_.max_in_flight || queued_bytes_ > options_.max_queued_bytes)) {
      co_await WaitFor(space_changed_);
    }
  }
}

asio::awaitable<void> FrameConnection::WriteLoop() {
  for (;;) {
    while (queue_.empty() && !reading_ended_) co_await WaitFor(queue_changed_);
    if (queue_.empty()) break;
    Started started = std::move(queue_.front());
    queue_.pop_front();
    if (started.now.message) queued_bytes_ -= started.now.message->size();
    if (started.later) started.now = co_await std::move(*started.later);
    if (started.now.message) {
      const bool sent = co_await Send(*started.now.message);
      if (!sent) break;
    }
    if (started.now.close) break;
    space_changed_.cancel();
  }
  Close();
}

asio::awaitable<std::optional<std::string_view>> FrameConnection::NextFrame() {
  begin_ += std::exchange(last_frame_, 0);
  if (begin_ == end_) begin_ = end_ = 0;
  in_frame_ = begin_ < end_;
  const bool has_length = co_await FillTo(kLengthBytes);
  if (!has_length) co_return std::nullopt;
  const uint32_t length = LoadBig<uint32_t>(buffer_.get() + begin_);
  if (length > options_.max_frame_bytes) {
    RefuseFrame(length);
    co_return std::nullopt;
  }
  const bool whole = co_await FillTo(kLengthBytes + length);
  if (!whole) co_return std::nullopt;
  in_frame_ = false;
  last_frame_ = kLengthBytes + length;
  co_return std::string_view(buffer_.get() + begin_ + kLengthBytes, length);
}

void FrameConnection::RefuseFrame(uint32_t length) {
  const std::string_view first(buffer_.get() + begin_, kLengthBytes);
  std::string hint = "is it a Kafka client?";
  if (first == "GET " || first == "POST" || first == "HEAD" || first == "PUT ") {
    hint = "this looks like HTTP, which has a port of its own";
  } else if (first.starts_with("\x16\x03")) {
    hint = "this looks like TLS; use a plaintext listener setting (security.protocol=PLAINTEXT)";
  }
  spdlog::warn(
      "{}: {}: a frame of {} bytes, where at most {} are allowed; closing the connection ({})",
      options_.name, peer_,
      static_cast<int32_t>(length) < 0 ? static_cast<int64_t>(static_cast<int32_t>(length))
                                       : int64_t{length},
      options_.max_frame_bytes, hint);
}

// Room for the whole frame, or, for a large one, for twice of what has come so far.
void FrameConnection::MakeRoom(size_t need) {
  const size_t have = end_ - begin_;
  const bool oversized = capacity_ > kKeptBuffer && need <= kKeptBuffer && have <= need;
  if (begin_ + need <= capacity_ && !oversized) return;
  size_t capacity = capacity_;
  if (oversized || capacity == 0) capacity = kFirstBuffer;
  while (capacity < need && capacity < 2 * have + kFirstBuffer) capacity *= 2;
  capacity = std::max(std::min(capacity, std::max(need, kFirstBuffer)), have);
  if (capacity == capacity_ && begin_ == 0) return;
  if (capacity == capacity_) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, have);
  } else {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (have > 0) std::memcpy(larger.get(), buffer_.get() + begin_, have);
    buffer_ = std::move(larger);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = have;
}

asio::awaitable<bool> FrameConnection::FillTo(size_t need) {
  while (end_ - begin_ < need) {
    if (draining_ || !socket_.is_open()) co_return false;
    if (capacity_ - end_ == 0 || begin_ + need > capacity_) MakeRoom(need);
    size_t want = capacity_ - end_;
    // Of a large frame exactly the rest, so that nothing of the next one has to be moved.
    if (need > kFirstBuffer) want = std::min(want, need - (end_ - begin_));
    boost::system::error_code error;
    const size_t got = co_await socket_.async_read_some(
        asio::buffer(buffer_.get() + end_, want), asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      if (end_ > begin_ && !draining_ && socket_.is_open()) {
        spdlog::warn("{}: {}: the connection ended within a frame, {} bytes in", options_.name,
                     peer_, end_ - begin_);
      }
      co_return false;
    }
    end_ += got;
    quiet_ = std::chrono::seconds(0);
    in_frame_ = true;
  }
  co_return true;
}

asio::awaitable<bool> FrameConnection::Send(const OutMessage& message) {
  std::array<char, kLengthBytes> length;
  StoreBig<uint32_t>(length.data(), static_cast<uint32_t>(message.size()));
  std::vector<asio::const_buffer> parts;
  parts.reserve(2 + 2 * message.splices.size());
  parts.emplace_back(length.data(), length.size());
  size_t from = 0;
  for (const OutMessage::Splice& splice : message.splices) {
    if (splice.at > from) parts.emplace_back(message.bytes.data() + from, splice.at - from);
    parts.emplace_back(splice.data.data(), splice.data.size());
    from = splice.at;
  }
  if (message.bytes.size() > from) {
    parts.emplace_back(message.bytes.data() + from, message.bytes.size() - from);
  }
  boost::system::error_code error;
  co_await asio::async_write(socket_, parts, asio::redirect_error(asio::use_awaitable, error));
  quiet_ = std::chrono::seconds(0);
  co_return !error;
}

}  // namespace ticklake::net
