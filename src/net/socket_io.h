// SocketIo: blocking reads and writes on a connected socket that somebody else owns.
//
// For a handler's own thread, while no event loop touches the socket. Every call waits at most for
// the patience it was given. Threading: one thread at a time. Does not: own, or close.
#pragma once

#include <sys/uio.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/fs.h"
#include "base/result.h"

namespace ticklake::net {

class SocketIo {
 public:
  SocketIo(int socket, std::chrono::milliseconds patience) : socket_(socket), patience_(patience) {}

  /// Up to `size` bytes, at least one; 0: the other side has ended. kUnavailable: gone; kTimeout.
  Result<size_t> Read(char* buffer, size_t size, std::chrono::milliseconds patience);
  /// All of both parts, in one call where the socket takes them. kUnavailable: gone, or too slow.
  Result<void> Write(std::string_view first, std::string_view second = {});
  /// Bytes of a file; the kernel copies them where the file has a descriptor. Also what reading
  /// says.
  Result<void> WriteFile(File& file, uint64_t offset, uint64_t size);

 private:
  Result<void> WaitFor(short events, std::chrono::milliseconds patience) const;
  Result<void> SendFile(const File& file, uint64_t offset, uint64_t size) const;

  const int socket_;
  const std::chrono::milliseconds patience_;
};

}  // namespace ticklake::net
