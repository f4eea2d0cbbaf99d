#include "net/frame_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/bytes.h"
#include "base/log.h"
#include "net/send_file.h"

namespace ticklake::net {

namespace asio = boost::asio;

namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kFirstBuffer = kFreeBytes;
constexpr size_t kFilePiece = 1 << 20;     // of a file that is sent
constexpr size_t kKeptBuffer = 4 << 20;    // a larger one is given back after its frame
constexpr uint32_t kLargeFrame = 1 << 20;  // its kind is looked at before it is received
constexpr std::chrono::milliseconds kFirstPause{2};
constexpr std::chrono::milliseconds kLongestPause{100};
constexpr std::chrono::seconds kPatientRequest{10};  // may wait in a handler and is not idle

asio::awaitable<void> WaitFor(asio::steady_timer& signal) {
  signal.expires_at(asio::steady_timer::time_point::max());
  boost::system::error_code ignored;
  co_await signal.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace

uint32_t FrameSession::FrameLimit(std::string_view /*head*/) const { return UINT32_MAX; }

// malloc's memory, because realloc grows a large buffer without a second copy of it.
void FrameConnection::FreeBuffer::operator()(char* buffer) const { std::free(buffer); }

FrameConnection::FrameConnection(asio::ip::tcp::socket socket, const FrameServerOptions& options,
                                 std::string peer)
    : socket_(std::move(socket)),
      options_(options),
      peer_(std::move(peer)),
      queue_changed_(socket_.get_executor()),
      space_changed_(socket_.get_executor()),
      memory_pause_(socket_.get_executor()) {}

void FrameConnection::Run(std::unique_ptr<FrameSession> session, std::function<void()> ended) {
  session_ = std::move(session);
  ended_ = std::move(ended);
  boost::system::error_code ignored;
  (void)socket_.native_non_blocking(true, ignored);  // for sendfile
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
  queue_.clear();
  Resize(0);
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
  memory_pause_.cancel();
}

void FrameConnection::Sweep() {
  quiet_ += std::chrono::seconds(1);
  const auto patience = handling_ ? kPatientRequest : std::chrono::seconds(0);
  idle_.store(std::max(quiet_ - patience, std::chrono::seconds(0)).count(),
              std::memory_order_relaxed);
  CheckPace();
  if (!handling_ && !writing_ && quiet_ > options_.idle_limit) Close();
}

bool FrameConnection::HoldsMemory() const {
  return leased_ > 0 || queued_bytes_ + answer_size_ > kFreeBytes;
}

void FrameConnection::CheckPace() {
  if (wants_memory_) frame_.Excuse();
  if (!handling_) frame_.Tick();
  answer_.Tick();
  const auto pressed = [](const ByteBudget* budget) {
    return budget != nullptr && budget->pressed();
  };
  const PaceLimits& in =
      leased_ > 0 && pressed(options_.request_bytes) ? options_.hurried_pace : options_.pace;
  if (!handling_ && frame_.TooSlow(in)) {
    spdlog::warn("{}: {}: a frame came too slowly: {} bytes in {} s; closing the connection",
                 options_.name, peer_, frame_.moved(), frame_.age().count());
    return Close();
  }
  const PaceLimits& out =
      HoldsMemory() && pressed(options_.answer_bytes) ? options_.hurried_pace : options_.pace;
  if (answer_.TooSlow(out)) {
    spdlog::warn("{}: {}: does not read its answers: {} bytes in {} s; closing the connection",
                 options_.name, peer_, answer_.moved(), answer_.age().count());
    Close();
  }
}

asio::awaitable<void> FrameConnection::ReadLoop() {
  while (!draining_) {
    const std::optional<std::string_view> frame = co_await NextFrame();
    if (!frame) break;
    handling_ = true;
    Started started = co_await session_->Start(*frame);
    handling_ = false;
    const bool roomy = Enqueue(std::move(started));
    co_await WaitForSpace(!roomy);
  }
}

// Puts an answer in line; false when nothing more should be begun before the line is empty.
bool FrameConnection::Enqueue(Started started) {
  Queued queued;
  queued.size = started.now.message ? started.now.message->memory() : 0;
  bool roomy = true;
  if (queued_bytes_ + queued.size > kFreeBytes && options_.answer_bytes != nullptr) {
    if (options_.answer_bytes->TryTake(queued.size)) {
      queued.lease = ByteLease(options_.answer_bytes, queued.size);
    } else if (queued.size > kFreeBytes) {
      spdlog::warn(
          "{}: {}: no memory for an answer of {} bytes: those of all connections together have {} "
          "at most; closing the connection",
          options_.name, peer_, queued.size, options_.answer_bytes->limit());
      Close();
      return false;
    } else {
      roomy = false;
    }
  }
  queued_bytes_ += queued.size;
  queued.started = std::move(started);
  queue_.push_back(std::move(queued));
  writing_ = true;
  queue_changed_.cancel();
  return roomy;
}

asio::awaitable<void> FrameConnection::WaitForSpace(bool until_empty) {
  const auto full = [&] {
    return queue_.size() >= options_.max_in_flight || queued_bytes_ > options_.max_queued_bytes ||
           (until_empty && writing_);
  };
  while (!draining_ && socket_.is_open() && full()) co_await WaitFor(space_changed_);
}

asio::awaitable<void> FrameConnection::WriteLoop() {
  for (;;) {
    while (queue_.empty() && !reading_ended_) co_await WaitFor(queue_changed_);
    if (queue_.empty()) break;
    Queued queued = std::move(queue_.front());
    queue_.pop_front();
    Started& started = queued.started;
    queued_bytes_ -= queued.size;
    if (started.later) started.now = co_await std::move(*started.later);
    if (started.now.message) {
      answer_size_ = started.now.message->memory();
      const bool sent = co_await Send(*started.now.message);
      answer_size_ = 0;
      if (!sent) break;
    }
    if (started.now.close) break;
    queued = {};
    writing_ = !queue_.empty();
    space_changed_.cancel();
  }
  Close();
}

asio::awaitable<std::optional<std::string_view>> FrameConnection::NextFrame() {
  EndFrame();
  if (begin_ < end_) frame_.Begin();
  const bool has_length = co_await FillTo(kLengthBytes);
  if (!has_length) co_return std::nullopt;
  const uint32_t length = LoadBig<uint32_t>(buffer_.get() + begin_);
  uint32_t limit = options_.max_frame_bytes;
  if (length > kLargeFrame && length <= limit) {
    const bool has_head = co_await FillTo(kLengthBytes + kFrameHead);
    if (!has_head) co_return std::nullopt;
    limit =
        std::min(limit, session_->FrameLimit({buffer_.get() + begin_ + kLengthBytes, kFrameHead}));
  }
  if (length > limit) {
    RefuseFrame(length, limit);
    co_return std::nullopt;
  }
  const bool whole = co_await FillTo(kLengthBytes + length);
  if (!whole) co_return std::nullopt;
  frame_.End();
  last_frame_ = kLengthBytes + length;
  co_return std::string_view(buffer_.get() + begin_ + kLengthBytes, length);
}

// The frame that was handed out has been handled.
void FrameConnection::EndFrame() {
  begin_ += std::exchange(last_frame_, 0);
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  // Buffers are kept for the next frame, but not more of them than half the budget.
  const ByteBudget* budget = options_.request_bytes;
  const bool scarce = leased_ > 0 && budget->used() > budget->limit() / 2;
  if (capacity_ > kKeptBuffer || scarce) Resize(0);
}

void FrameConnection::RefuseFrame(uint32_t length, uint32_t limit) {
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
      limit, hint);
}

// Room for the whole frame, or, for a large one, for twice of what has come so far. False when
// there is no memory for it.
asio::awaitable<bool> FrameConnection::MakeRoom(size_t need) {
  const size_t have = end_ - begin_;
  const bool oversized = capacity_ > kKeptBuffer && need <= kKeptBuffer && have <= need;
  if (begin_ + need <= capacity_ && !oversized) co_return true;
  size_t capacity = capacity_;
  if (oversized || capacity == 0) capacity = kFirstBuffer;
  while (capacity < need && capacity < 2 * have + kFirstBuffer) capacity *= 2;
  capacity = std::max(std::min(capacity, std::max(need, kFirstBuffer)), have);
  if (capacity > capacity_ && !co_await TakeMemory(capacity, need)) co_return false;
  Resize(capacity);
  co_return true;
}

// Leases what a buffer of that capacity needs, for `need` bytes of a frame; waits for it as long as
// a frame may stop. Large frames leave a quarter to the others: who claims much must not keep out
// the ordinary requests.
asio::awaitable<bool> FrameConnection::TakeMemory(size_t capacity, size_t need) {
  ByteBudget* const budget = options_.request_bytes;
  const size_t wanted = capacity > kFreeBytes ? capacity - kFreeBytes : 0;
  if (budget == nullptr || wanted <= leased_) co_return true;
  const auto give_up = std::chrono::steady_clock::now() + options_.pace.stall;
  auto pause = kFirstPause;
  const size_t leave = need > kLargeFrame + kLengthBytes ? budget->limit() / 4 : 0;
  bool taken = budget->TryTakeBeyond(wanted - leased_, this, leave);
  wants_memory_ = true;
  while (!taken && !draining_ && socket_.is_open() && std::chrono::steady_clock::now() < give_up) {
    memory_pause_.expires_after(pause);
    boost::system::error_code ignored;
    co_await memory_pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    pause = std::min(2 * pause, kLongestPause);
    taken = budget->TryTakeBeyond(wanted - leased_, this, leave);
  }
  wants_memory_ = false;
  if (taken) {
    leased_ = wanted;
  } else if (!draining_) {
    spdlog::warn(
        "{}: {}: no memory for its request within {} s: those of all connections together have {} "
        "bytes at most; closing the connection",
        options_.name, peer_, options_.pace.stall.count(), budget->limit());
  }
  co_return taken;
}

// Gives the buffer another capacity, with what is in it at its start.
void FrameConnection::Resize(size_t capacity) {
  const size_t have = end_ - begin_;
  if (begin_ > 0 && have > 0) std::memmove(buffer_.get(), buffer_.get() + begin_, have);
  begin_ = 0;
  end_ = std::min(have, capacity);
  if (capacity == 0) {
    buffer_.reset();
  } else if (capacity != capacity_) {
    char* const grown = static_cast<char*>(std::realloc(buffer_.get(), capacity));
    if (grown == nullptr) throw std::bad_alloc();
    (void)buffer_.release();
    buffer_.reset(grown);
  }
  capacity_ = capacity;
  const size_t wanted = capacity > kFreeBytes ? capacity - kFreeBytes : 0;
  if (options_.request_bytes == nullptr) return;
  if (leased_ > wanted) options_.request_bytes->Give(leased_ - wanted);
  leased_ = std::min(leased_, wanted);
  if (leased_ == 0 || capacity == 0) options_.request_bytes->EndBeyond(this);
}

asio::awaitable<bool> FrameConnection::FillTo(size_t need) {
  while (end_ - begin_ < need) {
    if (draining_ || !socket_.is_open()) co_return false;
    if ((capacity_ - end_ == 0 || begin_ + need > capacity_) && !co_await MakeRoom(need)) {
      co_return false;
    }
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
    if (!frame_.under_way()) frame_.Begin();
    frame_.Moved(got);
  }
  co_return true;
}

asio::awaitable<bool> FrameConnection::Send(const OutMessage& message) {
  answer_.Begin();
  const bool sent = co_await SendPieces(message);
  answer_.End();
  co_return sent;
}

void FrameConnection::Sent(size_t bytes) {
  answer_.Moved(bytes);
  quiet_ = std::chrono::seconds(0);
}

asio::awaitable<bool> FrameConnection::SendPieces(const OutMessage& message) {
  std::array<char, kLengthBytes> length;
  StoreBig<uint32_t>(length.data(), static_cast<uint32_t>(message.size()));
  std::vector<asio::const_buffer> parts;  // that come before the next file
  parts.reserve(2 + 2 * message.splices.size());
  parts.emplace_back(length.data(), length.size());
  size_t from = 0;
  for (const OutMessage::Splice& splice : message.splices) {
    if (splice.at > from) parts.emplace_back(message.bytes.data() + from, splice.at - from);
    from = splice.at;
    if (splice.range.file == nullptr) {
      parts.emplace_back(splice.data.data(), splice.data.size());
      continue;
    }
    const bool began = co_await SendMemory(parts, MSG_MORE);
    if (!began) co_return false;
    parts.clear();
    const bool sent = co_await SendFile(splice.range);
    if (!sent) co_return false;
  }
  if (message.bytes.size() > from) {
    parts.emplace_back(message.bytes.data() + from, message.bytes.size() - from);
  }
  const bool sent = co_await SendMemory(parts, 0);
  co_return sent;
}

asio::awaitable<bool> FrameConnection::SendMemory(std::span<asio::const_buffer> rest, int flags) {
  while (!rest.empty()) {
    boost::system::error_code error;
    size_t sent =
        co_await socket_.async_send(rest, flags, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
    Sent(sent);
    while (!rest.empty() && sent >= rest.front().size()) {
      sent -= rest.front().size();
      rest = rest.subspan(1);
    }
    if (!rest.empty()) rest.front() += sent;
  }
  co_return true;
}

// The kernel hands the file's pages to the socket, without a copy here.
asio::awaitable<bool> FrameConnection::SendFile(const FileRange& range) {
  auto at = static_cast<off_t>(range.offset);
  uint64_t left = range.size;
  while (left > 0) {
    const ssize_t sent = net::SendFile(socket_.native_handle(), *range.file, &at,
                                       std::min<uint64_t>(left, kFilePiece));
    if (sent == 0) {
      spdlog::error("{}: {}: a file ended {} bytes before the answer; closing the connection",
                    options_.name, peer_, left);
      co_return false;
    }
    if (sent < 0 && errno != EAGAIN && errno != EINTR) co_return false;
    if (sent > 0) {
      Sent(static_cast<size_t>(sent));
      left -= static_cast<uint64_t>(sent);
    }
    if (left == 0) break;
    // Even if the socket would take more: the loop's other connections have their turn.
    boost::system::error_code error;
    co_await socket_.async_wait(asio::ip::tcp::socket::wait_write,
                                asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
  }
  co_return true;
}

}  // namespace ticklake::net
