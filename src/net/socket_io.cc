#include "net/socket_io.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "net/send_file.h"

namespace ticklake::net {
namespace {

constexpr size_t kPiece = 256 << 10;  // of a file that must be read

std::unexpected<Error> Gone() {
  return Fail(Code::kUnavailable, "HTTP client: gone before the end");
}

bool IsBusy(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

Result<void> SocketIo::WaitFor(short events, std::chrono::milliseconds patience) const {
  pollfd poll{.fd = socket_, .events = events, .revents = 0};
  while (true) {
    const int ready = ::poll(&poll, 1, static_cast<int>(patience.count()));
    if (ready > 0) return {};
    if (ready == 0) return Fail(Code::kTimeout, "HTTP client: does not move");
    if (errno != EINTR) return Gone();
  }
}

Result<size_t> SocketIo::Read(char* buffer, size_t size, std::chrono::milliseconds patience) {
  while (true) {
    const ssize_t got = ::recv(socket_, buffer, size, MSG_DONTWAIT);
    if (got >= 0) return static_cast<size_t>(got);
    if (!IsBusy(errno)) return Gone();
    TL_TRY(WaitFor(POLLIN, patience));
  }
}

Result<void> SocketIo::Write(std::string_view first, std::string_view second) {
  while (!first.empty() || !second.empty()) {
    std::array<iovec, 2> parts = {{{const_cast<char*>(first.data()), first.size()},
                                   {const_cast<char*>(second.data()), second.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = ::sendmsg(socket_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (!IsBusy(errno)) return Gone();
      TL_TRY(WaitFor(POLLOUT, patience_));
      continue;
    }
    const size_t of_first = std::min(first.size(), static_cast<size_t>(sent));
    first.remove_prefix(of_first);
    second.remove_prefix(static_cast<size_t>(sent) - of_first);
  }
  return {};
}

Result<void> SocketIo::SendFile(const File& file, uint64_t offset, uint64_t size) const {
  off_t at = static_cast<off_t>(offset);
  while (size > 0) {
    const ssize_t sent = net::SendFile(socket_, file, &at, size);
    if (sent == 0) return Fail(Code::kCorrupt, "file: shorter than it was");
    if (sent < 0) {
      if (!IsBusy(errno)) return Gone();
      TL_TRY(WaitFor(POLLOUT, patience_));
      continue;
    }
    size -= static_cast<uint64_t>(sent);
  }
  return {};
}

Result<void> SocketIo::WriteFile(File& file, uint64_t offset, uint64_t size) {
  if (file.Descriptor() >= 0) return SendFile(file, offset, size);
  const auto buffer = std::make_unique_for_overwrite<char[]>(std::min<uint64_t>(size, kPiece));
  while (size > 0) {
    const size_t piece = std::min<uint64_t>(size, kPiece);
    TL_ASSIGN(const size_t got, file.ReadAt(offset, buffer.get(), piece));
    if (got == 0) return Fail(Code::kCorrupt, "file: shorter than it was");
    TL_TRY(Write({buffer.get(), got}));
    offset += got;
    size -= got;
  }
  return {};
}

}  // namespace ticklake::net
