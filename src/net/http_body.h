// SocketBody: the body of a request, read by its handler from the connection's socket.
//
// Bytes that came with the head are given first; what follows the body stays in the buffer for the
// next request. Threading: the handler's thread. Invariants: never reads a byte beyond the body
// from the socket but into the buffer; memory is the caller's buffer and a line of a chunk's head.
// Does not: decode contents, or trust a length.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>

#include "net/http_server.h"
#include "net/pace.h"
#include "net/socket_io.h"

namespace ticklake::net {

/// How a request says that its body is sent.
struct BodyForm {
  std::optional<uint64_t> length;  ///< Content-Length; none and not chunked: no body
  bool chunked = false;
  bool expects_continue = false;  ///< its client waits to be told that it may send
};

class SocketBody : public HttpBody {
 public:
  /// What arrived already is in `buffer`; both outlive the body. `limits` is asked for each wait.
  SocketBody(SocketIo& socket, boost::beast::flat_buffer& buffer, const BodyForm& form,
             std::function<PaceLimits()> limits);

  std::optional<uint64_t> length() const override;
  Result<size_t> Read(char* buffer, size_t size) override;

  /// Reads on to the end, if no more than `most` bytes are left, for some seconds; false: the
  /// connection must end.
  bool Drain(uint64_t most);

 private:
  Result<void> Continue();
  Result<size_t> ReadSome(char* buffer, size_t size);
  Result<void> NextChunk();
  Result<std::string> ReadLine();

  SocketIo& socket_;
  boost::beast::flat_buffer& buffer_;
  const BodyForm form_;
  const std::function<PaceLimits()> limits_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  uint64_t left_ = 0;  // of the body, or the chunk
  uint64_t moved_ = 0;
  bool continued_;
  bool in_chunk_ = false;
  bool ended_ = false;
  bool broken_ = false;
};

}  // namespace ticklake::net
