// BulkFetch: one partition's record batches, whole, from its leader: for catching up.
//
// librdkafka makes a message of its own of every record, which costs several times what the rest
// of reading does; whoever is far behind (a sink that drains a topic, verify, replay) wants
// batches. This asks for them with plain Fetch requests, one ahead, and unpacks them in the
// calling thread. It only knows the straight road: an open, unencrypted listener, the leader where
// it was, intact batches. Any error means: go back to librdkafka, which knows all others and has
// the right words for them.
// Read committed: aborted records are left out, as isolation.level=read_committed has it.
// Threading: one thread at a time, none of its own. Memory: two answers of about 2 MiB, or of one
// batch where that is larger. Does not: retry, wait for records, check which incarnation of the
// topic it reads, join groups.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kafka/client/frame_socket.h"
#include "kafka/log_reader.h"
#include "kafka/protocol/fetch.h"
#include "net/address.h"

namespace ticklake::kafka {

class BulkFetch {
 public:
  struct Place {
    net::HostPort leader;
    std::string topic;
    int32_t partition = 0;
    int64_t offset = 0;
  };
  /// Connects. kUnsupported when the broker does not speak the version of Fetch used here
  /// (Kafka 2.7); else FrameSocket's errors.
  static Result<std::unique_ptr<BulkFetch>> Open(const Place& place,
                                                 std::chrono::milliseconds timeout);

  /// Where the next Take goes on.
  int64_t position() const { return position_; }
  /// Records from the position on, about max_bytes of them; next_offset is the position, and there
  /// are none, when it is the last stable offset. After an error this is useless.
  Result<RecordChunk> Take(size_t max_bytes);

 private:
  using Aborted = protocol::FetchResponse::Topic::Partition::AbortedTransaction;

  BulkFetch(std::unique_ptr<FrameSocket> socket, const Place& place);
  Result<void> CheckVersion();
  Result<void> Ask(int64_t offset);
  /// Waits for the answer to the last request, and asks for what follows.
  Result<void> NextAnswer();
  Result<void> TakeBatch(RecordChunk& chunk);
  /// True if the batch is of a transaction that was aborted; follows markers.
  bool IsAborted(const class RecordBatch& batch);

  const std::unique_ptr<FrameSocket> socket_;
  const Place place_;
  int64_t position_;
  int32_t last_id_ = 0;     ///< of the last request
  bool asked_ = false;      ///< it is not answered yet
  int64_t asked_from_ = 0;  ///< its offset

  // The answer that batches are being taken from.
  std::shared_ptr<const std::string> frame_;
  std::string_view rest_;          ///< whole batches not taken yet
  std::vector<Aborted> aborted_;   ///< by first offset; those passed are removed
  std::vector<int64_t> aborting_;  ///< producers whose present transaction was aborted
};

}  // namespace ticklake::kafka
