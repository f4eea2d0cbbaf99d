// LightHttp: one connection that sends ready-made HTTP/1.1 requests with next to no CPU, for
// benches.
//
// A load made of these measures the server and not its client: heads are signed before the clock
// runs, bodies are sent from where they lie, and what comes back is compared as it arrives.
// Connects again when the server closed. Threading: one thread. Errors end the program: a bench
// that goes wrong tells no figure. Does not: TLS, chunked answers, redirects: products use
// net/https_client.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "wire_client.h"

namespace ticklake::bench {

class LightHttp {
 public:
  /// The address may stand after `http://`; only numeric IPv4.
  explicit LightHttp(std::string_view url)
      : address_(url.starts_with("http://") ? url.substr(7) : url) {}
  ~LightHttp() { Close(); }
  LightHttp(const LightHttp&) = delete;
  LightHttp& operator=(const LightHttp&) = delete;

  /// Sends a head and its body, in pieces, and takes the answer, whose body must be `expected`, in
  /// pieces too. Returns its status; with 300 or more the body is not looked at.
  int Exchange(std::string_view head, std::span<const std::string_view> body,
               std::span<const std::string_view> expected) {
    if (fd_ < 0) fd_ = ConnectTo(address_);
    SendAll(head, body);
    const Head answer = ReadHead();
    Compare(answer, expected);
    if (answer.closes) Close();
    return answer.status;
  }

 private:
  struct Head {
    int status = 0;
    size_t length = 0;  ///< bytes of the body
    bool closes = false;
    std::string_view begun;  ///< of the body, that came along
  };

  static constexpr size_t kBuffer = 256 << 10;
  static constexpr size_t kMostPieces = 4;  // of a request

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  void SendAll(std::string_view head, std::span<const std::string_view> body) const {
    std::array<iovec, kMostPieces> pieces{};
    size_t count = 0;
    const auto add = [&](std::string_view piece) {
      pieces.at(count++) = {const_cast<char*>(piece.data()), piece.size()};
    };
    add(head);
    std::ranges::for_each(body, add);
    for (size_t at = 0; at < count;) {
      const ssize_t sent = writev(fd_, &pieces.at(at), static_cast<int>(count - at));
      if (sent < 0) Die(fmt::format("sending: {}", std::strerror(errno)));
      for (auto left = static_cast<size_t>(sent); at < count; ++at) {
        iovec& piece = pieces.at(at);
        const size_t of_this = std::min(left, piece.iov_len);
        piece = {static_cast<char*>(piece.iov_base) + of_this, piece.iov_len - of_this};
        left -= of_this;
        if (piece.iov_len > 0) break;
      }
    }
  }

  size_t Receive(size_t offset, size_t size) {
    const ssize_t got = recv(fd_, buffer_.get() + offset, size, 0);
    if (got <= 0) Die(got == 0 ? "the server closed the connection" : std::strerror(errno));
    return static_cast<size_t>(got);
  }

  Head ReadHead() {
    size_t have = 0;
    size_t end = std::string_view::npos;
    while (end == std::string_view::npos) {
      if (have == kBuffer) Die("a head without an end");
      have += Receive(have, kBuffer - have);
      end = std::string_view(buffer_.get(), have).find("\r\n\r\n");
    }
    const std::string_view text(buffer_.get(), end + 2);
    Head head{.closes = text.starts_with("HTTP/1.0")};
    head.begun = std::string_view(buffer_.get(), have).substr(end + 4);
    std::from_chars(text.data() + text.find(' ') + 1, text.data() + text.size(), head.status);
    for (size_t at = text.find("\r\n") + 2; at < text.size();) {
      const size_t next = text.find("\r\n", at);
      TakeField(AsciiLower(text.substr(at, next - at)), head);
      at = next + 2;
    }
    return head;
  }

  static void TakeField(std::string_view line, Head& head) {
    if (line.starts_with("content-length:")) {
      const std::string_view value = line.substr(line.find_last_of(": ") + 1);
      std::from_chars(value.data(), value.data() + value.size(), head.length);
    }
    if (line.starts_with("transfer-encoding:")) Die("an answer in chunks");
    if (line == "connection: close") head.closes = true;
  }

  // Reads the rest of the body, and ends the program where it is not what it must be.
  void Compare(const Head& head, std::span<const std::string_view> expected) {
    const bool counts = head.status < 300;
    std::string_view piece;
    const auto check = [&](std::string_view got) {
      while (counts && !got.empty()) {
        while (piece.empty() && !expected.empty()) {
          piece = expected.front();
          expected = expected.subspan(1);
        }
        const size_t size = std::min(piece.size(), got.size());
        if (size == 0 || std::memcmp(piece.data(), got.data(), size) != 0) {
          Die("an answer that is not what was put");
        }
        piece.remove_prefix(size);
        got.remove_prefix(size);
      }
    };
    check(head.begun);
    for (size_t left = head.length - head.begun.size(); left > 0;) {
      const size_t got = Receive(0, std::min(left, kBuffer));
      check({buffer_.get(), got});
      left -= got;
    }
    if (counts && (!piece.empty() || !expected.empty())) Die("an answer that ends too early");
  }

  const std::string address_;
  int fd_ = -1;
  const std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(kBuffer);
};

}  // namespace ticklake::bench
