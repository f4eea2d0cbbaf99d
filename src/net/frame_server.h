// FrameServer: TCP connections that carry frames of a big-endian 4-byte length and that many bytes.
//
// Requests of a connection are started in order and answered in order. A session may answer in two
// phases: what must happen in order is done in Start; what only takes time (waiting for the disk)
// goes into Started::later, which overlaps with the next requests. In flight are at most
// max_in_flight requests and about max_queued_bytes of answers: then the connection is not read.
// Memory for a frame grows with the bytes that arrived, not with the length that was promised.
// Threading: each connection lives on one loop of the IoRunner; sessions need no locks of their
// own. Start and Stop may be called from any thread but the loops'. Does not know what the frames
// mean.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/file_range.h"
#include "base/metrics.h"
#include "base/result.h"
#include "net/address.h"
#include "net/byte_budget.h"
#include "net/io_runner.h"
#include "net/pace.h"

namespace ticklake::net {

/// Bytes to send, with slices that are sent as they lie in memory or in a file.
struct OutMessage {
  struct Splice {
    size_t at = 0;  ///< belongs before this byte of `bytes`
    std::string_view data;
    std::shared_ptr<const void> owner;
    FileRange range{};  ///< instead of data; of a file with a descriptor
  };
  std::string bytes;
  std::vector<Splice> splices;  ///< by `at`

  size_t size() const;
  /// What it holds while it waits: a file held open counts as kOpenFileBytes.
  size_t memory() const;
};
inline constexpr size_t kOpenFileBytes = 8 << 10;

struct Reply {
  std::optional<OutMessage> message;  ///< none: this request has no answer
  bool close = false;                 ///< close the connection after the message
};

/// A request whose in-order part is done.
struct Started {
  Reply now;                                           ///< the answer, unless `later` is set
  std::optional<boost::asio::awaitable<Reply>> later;  ///< gives the answer
};

/// Bytes of a frame that FrameSession::FrameLimit judges by.
inline constexpr size_t kFrameHead = 2;

/// One connection's conversation.
class FrameSession {
 public:
  virtual ~FrameSession() = default;
  /// The largest frame that may begin with these bytes (kFrameHead of them). Asked for frames that
  /// are large, before their rest is received.
  virtual uint32_t FrameLimit(std::string_view head) const;
  /// Begins a request. `frame` is valid until the coroutine ends, not in Started::later.
  virtual boost::asio::awaitable<Started> Start(std::string_view frame) = 0;
};

/// What one connection may hold for requests, and for answers, without asking the budgets.
inline constexpr size_t kFreeBytes = 16 << 10;

struct FrameServerOptions {
  HostPort listen;                                  ///< port 0: a free one
  std::string listen_option = "the listen option";  ///< what to change, for messages
  std::string name = "server";                      ///< for log lines: "kafka"
  uint32_t max_frame_bytes = 100 << 20;
  size_t max_in_flight = 64;
  size_t max_queued_bytes = 16 << 20;
  size_t max_connections = 2'000;        ///< beyond: the one that was idle for longest has to go
  std::chrono::seconds idle_limit{600};  ///< no request for that long: closed
  /// A frame, or an answer, that is slower is cut off.
  PaceLimits pace{};
  /// The same while memory is short, for those that hold some.
  PaceLimits hurried_pace{std::chrono::seconds(2), 256 << 10};
  /// Memory of all requests, and of all answers, that are more than kFreeBytes; null: unbounded.
  ByteBudget* request_bytes = nullptr;
  ByteBudget* answer_bytes = nullptr;
  std::chrono::milliseconds drain_limit{5000};  ///< Stop waits for answers that long
  Metrics* metrics = nullptr;                   ///< may be null
};

class FrameServer {
 public:
  /// Makes the session of a new connection. `peer`: "127.0.0.1:51234".
  using SessionFactory = std::function<std::unique_ptr<FrameSession>(
      boost::asio::any_io_executor executor, const std::string& peer)>;

  FrameServer(IoRunner& runner, FrameServerOptions options, SessionFactory factory);
  ~FrameServer();
  FrameServer(const FrameServer&) = delete;
  FrameServer& operator=(const FrameServer&) = delete;

  /// Bind, then Accept.
  Result<void> Start();
  /// Opens the port; connections wait until Accept. Errors: kIo.
  Result<void> Bind();
  void Accept();
  /// Stops accepting and reading, answers what has begun, closes. Idempotent. The caller first
  /// wakes requests that wait for something else than the disk.
  void Stop();
  /// The port that was bound.
  uint16_t port() const;
  size_t connections() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ticklake::net
