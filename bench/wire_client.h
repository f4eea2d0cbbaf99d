// WireClient: one TCP connection that speaks Kafka's protocol with next to no CPU, for benches.
//
// A request can be made once as a Frame and sent any number of times under new correlation ids,
// so that a load measures the broker and not its client. Answers are decoded by kafka/protocol.
// Threading: one thread. Errors end the program: a bench that goes wrong tells no figure.
// Does not: TLS, SASL, batching, retries: products use librdkafka.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "kafka/protocol/request.h"
#include "net/address.h"

namespace ticklake::bench {

[[noreturn]] inline void Die(std::string_view why) {
  fmt::print(stderr, "{}: {}\n", program_invocation_short_name, why);
  std::exit(1);
}

template <class T>
T OrDie(Result<T> result) {
  if (!result) Die(result.error().message);
  return std::move(*result);
}

inline double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// A connected socket that sends at once. `host:port`; only numeric IPv4 addresses, as benches run
/// on one machine.
inline int ConnectTo(const std::string& where) {
  const net::HostPort address = OrDie(net::ParseHostPort(where));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(address.port);
  if (inet_pton(AF_INET, address.host.c_str(), &to.sin_addr) != 1) Die("not an IPv4 address");
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    Die(fmt::format("{}: {}", where, std::strerror(errno)));
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

/// A request ready to be sent: length, header and body.
struct Frame {
  static constexpr size_t kHeadSize = 12;  ///< length, API key, version, correlation id

  std::string bytes;
  bool flexible_answer = false;  ///< tagged fields follow the answer's correlation id

  template <class Request>
  static Frame Of(const Request& request, int16_t version) {
    namespace protocol = kafka::protocol;
    return {protocol::EncodeRequest(request, {.version = version, .client_id = "bench"}),
            protocol::GetApi(Request::kApi).IsFlexible(version)};
  }
};

class WireClient {
 public:
  /// Of ConnectTo.
  explicit WireClient(const std::string& bootstrap) : fd_(ConnectTo(bootstrap)) {
    fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~WireClient() { close(fd_); }
  WireClient(const WireClient&) = delete;
  WireClient& operator=(const WireClient&) = delete;

  int fd() const { return fd_; }
  bool sending() const { return !out_.empty(); }
  size_t in_flight() const { return waiting_.size(); }

  /// Queues the frame, which must stay where it is until it is sent, and sends what the socket
  /// takes.
  void Send(const Frame& frame) {
    Out out{.head = {}, .rest = std::string_view(frame.bytes).substr(Frame::kHeadSize), .sent = 0};
    std::memcpy(out.head, frame.bytes.data(), Frame::kHeadSize);
    StoreBig<int32_t>(out.head + 8, next_id_);
    out_.push_back(out);
    waiting_.push_back({next_id_++, frame.flexible_answer});
    if (out_.size() == 1) Flush();
  }

  /// Sends on what the socket takes now.
  void Flush() {
    while (!out_.empty()) {
      Out& out = out_.front();
      iovec parts[2];
      int count = 0;
      if (out.sent < Frame::kHeadSize) {
        parts[count++] = {out.head + out.sent, Frame::kHeadSize - out.sent};
      }
      const size_t in_rest = out.sent < Frame::kHeadSize ? 0 : out.sent - Frame::kHeadSize;
      const std::string_view rest = out.rest.substr(in_rest);
      parts[count++] = {const_cast<char*>(rest.data()), rest.size()};
      const ssize_t sent = writev(fd_, parts, count);
      if (sent < 0) {
        if (errno == EAGAIN || errno == EINTR) return;
        Die(fmt::format("sending: {}", std::strerror(errno)));
      }
      out.sent += static_cast<size_t>(sent);
      if (out.sent == Frame::kHeadSize + out.rest.size()) out_.pop_front();
    }
  }

  /// Receives what has arrived; false when that is nothing.
  bool Receive() {
    MakeRoom();
    const ssize_t got = recv(fd_, in_.data() + end_, in_.size() - end_, 0);
    if (got == 0) Die("the broker closed the connection");
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) return false;
      Die(fmt::format("receiving: {}", std::strerror(errno)));
    }
    end_ += static_cast<size_t>(got);
    return true;
  }

  /// The body of the next answer that has arrived whole; good until the next Receive.
  std::optional<std::string_view> Next() {
    const std::string_view have(in_.data() + begin_, end_ - begin_);
    if (have.size() < 4) return std::nullopt;
    const auto length = static_cast<size_t>(LoadBig<uint32_t>(have.data()));
    if (have.size() < 4 + length) return std::nullopt;
    begin_ += 4 + length;
    if (length < 4 || waiting_.empty()) Die("an answer that nobody asked for");
    const Waiting expected = waiting_.front();
    waiting_.pop_front();
    if (LoadBig<int32_t>(have.data() + 4) != expected.id) Die("answers out of order");
    kafka::protocol::Reader reader(have.substr(8, length - 4), 0, expected.flexible);
    if (expected.flexible) reader.SkipTags();
    return reader.rest();
  }

  /// Sends and waits for the answer; nothing else is in flight.
  std::string_view Exchange(const Frame& frame) {
    Send(frame);
    while (true) {
      Wait(std::chrono::seconds(60));
      if (sending()) Flush();
      while (Receive()) {
        if (const auto body = Next()) return *body;
      }
    }
  }
  template <class Response, class Request>
  Response Call(const Request& request, int16_t version) {
    const Frame frame = Frame::Of(request, version);
    return OrDie(kafka::protocol::Decode<Response>(Exchange(frame), version));
  }

  /// Waits until the socket can be read, or written while something is to be sent.
  void Wait(std::chrono::nanoseconds timeout) const {
    pollfd one = Poll();
    const timespec spec{static_cast<time_t>(timeout.count() / 1'000'000'000),
                        timeout.count() % 1'000'000'000};
    ppoll(&one, 1, &spec, nullptr);
  }
  pollfd Poll() const {
    return {fd_, static_cast<int16_t>(sending() ? POLLIN | POLLOUT : POLLIN), 0};
  }

 private:
  struct Out {
    char head[Frame::kHeadSize];
    std::string_view rest;
    size_t sent = 0;
  };
  struct Waiting {
    int32_t id = 0;
    bool flexible = false;
  };

  /// Moves what is left to the front, and has room for the rest of an answer that has begun.
  void MakeRoom() {
    constexpr size_t kLeast = 256 << 10;
    const size_t have = end_ - begin_;
    size_t need = kLeast;
    if (have >= 4) need = std::max(need, size_t{LoadBig<uint32_t>(in_.data() + begin_)} + 4 - have);
    if (in_.size() - end_ >= need) return;
    std::memmove(in_.data(), in_.data() + begin_, have);
    begin_ = 0;
    end_ = have;
    if (in_.size() < have + need) in_.resize(have + need);
  }

  const int fd_;
  int32_t next_id_ = 1;
  std::deque<Out> out_;
  std::deque<Waiting> waiting_;
  std::string in_;  // received bytes [begin_, end_)
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace ticklake::bench
