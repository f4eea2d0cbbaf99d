#include "net/http_body.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace ticklake::net {
namespace {

constexpr size_t kMaxLine = 4 << 10;       // of a chunk's head, or a trailer
constexpr size_t kMaxTrailers = 16 << 10;  // bytes
constexpr size_t kReadAhead = 64 << 10;
constexpr std::chrono::seconds kMayDrain{5};
constexpr std::chrono::seconds kLook{1};  // how often a body that does not move is looked at

std::unexpected<Error> NoHttp(std::string_view why) {
  return Fail(Code::kCorrupt, "the body is not HTTP/1.1: {}", why);
}

}  // namespace

SocketBody::SocketBody(SocketIo& socket, boost::beast::flat_buffer& buffer, const BodyForm& form,
                       std::function<PaceLimits()> limits)
    : socket_(socket),
      buffer_(buffer),
      form_(form),
      limits_(std::move(limits)),
      left_(form.length.value_or(0)),
      continued_(!form.expects_continue || buffer.size() > 0),
      ended_(!form.chunked && left_ == 0) {}

std::optional<uint64_t> SocketBody::length() const {
  if (form_.chunked) return std::nullopt;
  return form_.length.value_or(0);
}

Result<void> SocketBody::Continue() {
  if (continued_) return {};
  continued_ = true;
  return socket_.Write("HTTP/1.1 100 Continue\r\n\r\n");
}

// From the buffer, then the socket, with the pace that the server wants.
Result<size_t> SocketBody::ReadSome(char* buffer, size_t size) {
  if (buffer_.size() > 0) {
    const size_t taken = std::min(size, buffer_.size());
    std::memcpy(buffer, buffer_.data().data(), taken);
    buffer_.consume(taken);
    moved_ += taken;
    return taken;
  }
  TL_TRY(Continue());
  const auto asked = std::chrono::steady_clock::now();
  PaceLimits limits;
  Result<size_t> piece = 0;
  do {
    limits = limits_();  // they change while it waits, when a crowd comes
    piece = socket_.Read(buffer, size, std::min(limits.stall, kLook));
  } while (!piece && piece.error().code == Code::kTimeout &&
           std::chrono::steady_clock::now() - asked < limits.stall);
  TL_ASSIGN(const size_t got, std::move(piece));
  if (got == 0) return Fail(Code::kUnavailable, "HTTP client: gone in the middle of a body");
  moved_ += got;
  const auto age = std::chrono::steady_clock::now() - began_;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age);
  if (seconds > limits.stall &&
      moved_ < static_cast<uint64_t>(seconds.count()) * limits.bytes_per_second) {
    return Fail(Code::kTimeout, "HTTP client: sends its body too slowly");
  }
  return got;
}

Result<std::string> SocketBody::ReadLine() {
  std::string line;
  while (true) {
    if (buffer_.size() == 0) {
      const auto room = buffer_.prepare(kReadAhead);
      // Into the buffer: what is read ahead here may belong to the next request.
      const uint64_t moved = moved_;
      TL_ASSIGN(const size_t got, ReadSome(static_cast<char*>(room.data()), room.size()));
      moved_ = moved;  // it moves when it is taken from the buffer
      buffer_.commit(got);
    }
    const auto* bytes = static_cast<const char*>(buffer_.data().data());
    const auto* end = static_cast<const char*>(std::memchr(bytes, '\n', buffer_.size()));
    const size_t taken = end == nullptr ? buffer_.size() : static_cast<size_t>(end - bytes) + 1;
    line.append(bytes, taken);
    buffer_.consume(taken);
    moved_ += taken;
    if (line.size() > kMaxLine) return NoHttp("a line has no end");
    if (end == nullptr) continue;
    line.pop_back();
    if (line.empty() || line.back() != '\r') return NoHttp("a line ends without CR");
    line.pop_back();
    return line;
  }
}

Result<void> SocketBody::NextChunk() {
  if (in_chunk_) {
    TL_ASSIGN(const std::string rest, ReadLine());
    if (!rest.empty()) return NoHttp("a chunk is longer than it says");
  }
  in_chunk_ = true;
  TL_ASSIGN(const std::string line, ReadLine());
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
  const std::string_view after(end, static_cast<size_t>(line.data() + line.size() - end));
  if (error != std::errc() || (!after.empty() && after.front() != ';' && after.front() != ' ')) {
    return NoHttp("a chunk has no size");
  }
  if (left_ > 0) return {};
  for (size_t bytes = 0;;) {  // trailers of HTTP itself, which nothing here needs
    TL_ASSIGN(const std::string trailer, ReadLine());
    if (trailer.empty()) break;
    bytes += trailer.size();
    if (bytes > kMaxTrailers) return NoHttp("its trailers are too long");
  }
  ended_ = true;
  return {};
}

Result<size_t> SocketBody::Read(char* buffer, size_t size) {
  if (broken_) return Fail(Code::kUnavailable, "HTTP client: gone in the middle of a body");
  if (size == 0) return 0;
  if (ended_) {
    // Also for a body that is empty, as S3 does: there are clients that count on it.
    TL_TRY(Continue());
    return 0;
  }
  const auto read = [&]() -> Result<size_t> {
    if (form_.chunked && left_ == 0) TL_TRY(NextChunk());
    if (ended_) return 0;
    TL_ASSIGN(const size_t got, ReadSome(buffer, std::min<uint64_t>(size, left_)));
    left_ -= got;
    if (left_ == 0 && !form_.chunked) ended_ = true;
    return got;
  }();
  broken_ = !read;
  return read;
}

bool SocketBody::Drain(uint64_t most) {
  // Who was not told to send what is no body has had an answer too early to go on with.
  if (ended_) return continued_;
  // A client that still waits for leave to send will not.
  if (broken_ || !continued_ || (!form_.chunked && left_ > most)) return false;
  std::array<char, 16 << 10> waste;
  const auto end = std::chrono::steady_clock::now() + kMayDrain;
  for (uint64_t drained = 0; drained <= most && std::chrono::steady_clock::now() < end;) {
    const auto got = Read(waste.data(), waste.size());
    if (!got) return false;
    if (*got == 0) return true;
    drained += *got;
  }
  return false;
}

}  // namespace ticklake::net
