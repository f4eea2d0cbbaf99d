// FetchSockets: connections for plain Fetch requests, passed on from log to log.
//
// Each is checked once for the version of Fetch used here. Those at rest are kept for a while; a
// log that asks ahead keeps its own, which only some may.
// Private to this room. Threading: safe from any thread. Does not: send fetches, or find leaders.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/client/frame_socket.h"
#include "net/address.h"

namespace ticklake::kafka {

/// Fetch's last version with topic names instead of ids.
inline constexpr int16_t kFetchVersion = 12;
inline constexpr char kFetchClientId[] = "ticklake";
/// Brokers answer with one batch that is larger than asked for, and batches are bounded by
/// message.max.bytes; this bounds what a broken broker can make us take.
inline constexpr size_t kMaxFetchFrame = 256 << 20;

class FetchSockets {
 public:
  explicit FetchSockets(std::chrono::milliseconds timeout) : timeout_(timeout) {}

  /// One at rest, or a new one. kUnsupported when the broker does not speak kFetchVersion
  /// (Kafka 2.7); else FrameSocket's errors.
  Result<std::unique_ptr<FrameSocket>> Take(const net::HostPort& leader);
  /// Back to rest: all that was asked on it is answered.
  void Give(const net::HostPort& leader, std::unique_ptr<FrameSocket> socket);

  /// May one more log ask ahead? If so, EndAhead follows.
  bool BeginAhead();
  void EndAhead();

 private:
  struct Resting {
    net::HostPort leader;
    std::unique_ptr<FrameSocket> socket;
    Nanos since = 0;
  };

  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::vector<Resting> resting_;  ///< the oldest first
  int ahead_ = 0;
};

}  // namespace ticklake::kafka
