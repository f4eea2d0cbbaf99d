// FrameSocket: a TCP connection that sends and receives whole Kafka frames.
//
// Private to this room, for BulkFetch. Blocks, but no call longer than the timeout without
// progress. Threading: one thread at a time, none of its own. After an error it is useless.
// Errors: kUnavailable; kCorrupt for a frame of impossible length. Does not: TLS, SASL, codecs.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/address.h"

namespace ticklake::kafka {

class FrameSocket {
 public:
  static Result<std::unique_ptr<FrameSocket>> Connect(const net::HostPort& address,
                                                      std::chrono::milliseconds timeout);
  ~FrameSocket();
  FrameSocket(const FrameSocket&) = delete;
  FrameSocket& operator=(const FrameSocket&) = delete;

  /// All of `bytes`, which are whole frames.
  Result<void> Send(std::string_view bytes);
  /// The next frame, without its length; kCorrupt if it is longer than `limit`.
  Result<std::string> Receive(size_t limit);
  /// Nothing has come, not even its end: an idle connection is as good as it was.
  bool IsQuiet() const;

 private:
  FrameSocket(int fd, std::string name, std::chrono::milliseconds timeout)
      : fd_(fd), name_(std::move(name)), timeout_(timeout) {}
  Result<void> Await(int16_t events) const;
  Result<void> Fill(char* to, size_t size);

  const int fd_;
  const std::string name_;
  const std::chrono::milliseconds timeout_;
};

}  // namespace ticklake::kafka
