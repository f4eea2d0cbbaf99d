// BulkFetch: one partition's record batches, whole, from its leader.
//
// librdkafka makes a message of its own of every record, which costs several times what the rest
// of reading does, and unpacks all that an answer has at once, which may be gigabytes of a few
// packed bytes. This asks for batches with plain Fetch requests, one ahead where it may, and
// unpacks them in the calling thread, as far as a chunk goes. It only knows the straight road: an
// open, unencrypted listener, the leader where it was, intact batches. Any error means: go back to
// librdkafka, which knows all others and has the right words for them.
// Read committed: aborted records are left out, as isolation.level=read_committed has it.
// Threading: one thread at a time, none of its own. Memory: two answers of about 2 MiB, or of one
// batch where that is larger; none at the end of the log. Does not: retry, wait for records, check
// which incarnation of the topic it reads, join groups.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kafka/client/fetch_sockets.h"
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
  /// `sockets` outlives it. Connects when it is first needed.
  BulkFetch(FetchSockets& sockets, const Place& place);
  ~BulkFetch();
  BulkFetch(const BulkFetch&) = delete;
  BulkFetch& operator=(const BulkFetch&) = delete;

  /// Where the next Take goes on.
  int64_t position() const { return position_; }
  /// Records from the position on, about max_bytes of them; next_offset is the position, and there
  /// are none, when that is the last stable offset. After an error this is useless.
  Result<RecordChunk> Take(size_t max_bytes);
  /// The last stable offset, as the last answer had it.
  int64_t stable_end() const { return stable_end_; }

 private:
  using Aborted = protocol::FetchResponse::Topic::Partition::AbortedTransaction;

  Result<void> Ask(FrameSocket& socket, int64_t offset);
  /// A connection on which the position has been asked for.
  Result<std::unique_ptr<FrameSocket>> Asked();
  void EndAhead();
  /// Waits for the answer at the position, and asks for what follows.
  Result<void> NextAnswer();
  /// Of the next batch about `most` bytes; false if some of it is left.
  Result<bool> TakeBatch(size_t most, RecordChunk& chunk);
  /// True if the batch is of a transaction that was aborted; follows markers.
  bool IsAborted(const class RecordBatch& batch);

  FetchSockets& sockets_;
  const Place place_;
  int64_t position_;
  std::unique_ptr<FrameSocket> socket_;  ///< while something is asked ahead
  int32_t last_id_ = 0;                  ///< of the last request
  int64_t asked_from_ = 0;               ///< its offset
  int64_t stable_end_ = 0;

  // The answer that batches are being taken from.
  std::shared_ptr<const std::string> frame_;
  std::string_view rest_;          ///< whole batches not taken yet
  std::vector<Aborted> aborted_;   ///< by first offset; those passed are removed
  std::vector<int64_t> aborting_;  ///< producers whose present transaction was aborted
};

}  // namespace ticklake::kafka
