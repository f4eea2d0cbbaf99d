#include "kafka/client/frame_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/bytes.h"

namespace ticklake::kafka {
namespace {

bool MayPass(int error) { return error == EAGAIN || error == EINTR; }

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> Resolve(const net::HostPort& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failed == 0) return Addresses(found);
  return Fail(Code::kUnavailable, "{}: {}", address.ToString(), gai_strerror(failed));
}

}  // namespace

Result<std::unique_ptr<FrameSocket>> FrameSocket::Connect(const net::HostPort& address,
                                                          std::chrono::milliseconds timeout) {
  TL_ASSIGN(const Addresses addresses, Resolve(address));
  Error last{Code::kUnavailable, address.ToString() + ": has no address"};
  for (const addrinfo* to = addresses.get(); to != nullptr; to = to->ai_next) {
    const int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) continue;
    std::unique_ptr<FrameSocket> made(new FrameSocket(fd, address.ToString(), timeout));
    int failed = connect(fd, to->ai_addr, to->ai_addrlen) == 0 ? 0 : errno;
    if (failed == EINPROGRESS) {
      if (auto ready = made->Await(POLLOUT); !ready) {
        last = std::move(ready).error();
        continue;
      }
      socklen_t size = sizeof failed;
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size);
    }
    if (failed == 0) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return made;
    }
    last.message = fmt::format("{}: {}", address.ToString(), std::strerror(failed));
  }
  return Fail(std::move(last));
}

FrameSocket::~FrameSocket() { close(fd_); }

bool FrameSocket::IsQuiet() const {
  pollfd one{fd_, POLLIN, 0};
  return poll(&one, 1, 0) == 0;
}

Result<void> FrameSocket::Await(int16_t events) const {
  pollfd one{fd_, events, 0};
  const int ready = poll(&one, 1, static_cast<int>(timeout_.count()));
  if (ready > 0 || (ready < 0 && MayPass(errno))) return {};
  return Fail(Code::kUnavailable, "{}: no answer in {} ms", name_, timeout_.count());
}

Result<void> FrameSocket::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (MayPass(errno)) {
      TL_TRY(Await(POLLOUT));
    } else {
      return Fail(Code::kUnavailable, "{}: {}", name_, std::strerror(errno));
    }
  }
  return {};
}

Result<void> FrameSocket::Fill(char* to, size_t size) {
  while (size > 0) {
    const ssize_t got = recv(fd_, to, size, 0);
    if (got > 0) {
      to += got;
      size -= static_cast<size_t>(got);
    } else if (got == 0) {
      return Fail(Code::kUnavailable, "{}: closed the connection", name_);
    } else if (MayPass(errno)) {
      TL_TRY(Await(POLLIN));
    } else {
      return Fail(Code::kUnavailable, "{}: {}", name_, std::strerror(errno));
    }
  }
  return {};
}

Result<std::string> FrameSocket::Receive(size_t limit) {
  char head[4];
  TL_TRY(Fill(head, sizeof head));
  const size_t size = LoadBig<uint32_t>(head);
  if (size > limit) {
    return Fail(Code::kCorrupt, "{}: a frame of {} bytes, the most is {}", name_, size, limit);
  }
  std::string frame;
  // Without zeroing first; gcc 12's library may pass more than the size asked for.
  frame.resize_and_overwrite(size, [size](char*, size_t) { return size; });
  TL_TRY(Fill(frame.data(), size));
  return frame;
}

}  // namespace ticklake::kafka
