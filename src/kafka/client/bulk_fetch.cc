#include "kafka/client/bulk_fetch.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "kafka/protocol/request.h"
#include "kafka/record_batch.h"

namespace ticklake::kafka {
namespace {

using protocol::ErrorCode;

constexpr int32_t kFetchBytes = 2 << 20;

/// The whole batches at the beginning of `data` (the last one may be cut short).
std::string_view WholeBatches(std::string_view data, int64_t* next_offset) {
  size_t end = 0;
  while (data.size() - end >= kBatchHeaderSize) {
    const char* const at = data.data() + end;
    const auto length = static_cast<size_t>(LoadBig<uint32_t>(at + kLengthAt)) + kLengthOverhead;
    if (length > data.size() - end) break;
    const auto base = LoadBig<uint64_t>(at);  // not checked yet: may be any number
    *next_offset = static_cast<int64_t>(base + LoadBig<uint32_t>(at + kLastOffsetDeltaAt) + 1);
    end += length;
  }
  return data.substr(0, end);
}

}  // namespace

BulkFetch::BulkFetch(FetchSockets& sockets, const Place& place)
    : sockets_(sockets), place_(place), position_(place.offset) {}

BulkFetch::~BulkFetch() { EndAhead(); }

// What was asked and is not answered goes with the connection.
void BulkFetch::EndAhead() {
  if (socket_ == nullptr) return;
  socket_.reset();
  sockets_.EndAhead();
}

Result<void> BulkFetch::Ask(FrameSocket& socket, int64_t offset) {
  protocol::FetchRequest request;
  request.max_wait_ms = 0;  // what is there now
  request.min_bytes = 1;
  request.max_bytes = kFetchBytes;
  request.isolation_level = 1;
  request.topics.emplace_back().name = place_.topic;
  request.topics[0].partitions.push_back(
      {.index = place_.partition, .fetch_offset = offset, .max_bytes = kFetchBytes});
  asked_from_ = offset;
  return socket.Send(protocol::EncodeRequest(
      request,
      {.version = kFetchVersion, .correlation_id = ++last_id_, .client_id = kFetchClientId}));
}

Result<std::unique_ptr<FrameSocket>> BulkFetch::Asked() {
  if (socket_ != nullptr && asked_from_ == position_) {
    sockets_.EndAhead();
    return std::move(socket_);
  }
  EndAhead();
  TL_ASSIGN(auto socket, sockets_.Take(place_.leader));
  TL_TRY(Ask(*socket, position_));
  return socket;
}

Result<void> BulkFetch::NextAnswer() {
  TL_ASSIGN(auto socket, Asked());
  TL_ASSIGN(std::string received, socket->Receive(kMaxFetchFrame));
  frame_ = std::make_shared<const std::string>(std::move(received));
  TL_ASSIGN(auto answer,
            protocol::DecodeResponse<protocol::FetchResponse>(*frame_, kFetchVersion, last_id_));
  const bool whole = answer.error == ErrorCode::kNone && answer.topics.size() == 1 &&
                     answer.topics[0].partitions.size() == 1;
  if (!whole || answer.topics[0].partitions[0].error != ErrorCode::kNone) {
    return Fail(Code::kUnavailable, "{} [{}] at offset {}: the fetch failed", place_.topic,
                place_.partition, asked_from_);
  }
  auto& partition = answer.topics[0].partitions[0];
  aborted_ = std::move(partition.aborted_transactions).value_or(std::vector<Aborted>());
  std::ranges::sort(aborted_, {}, &Aborted::first_offset);
  aborting_.clear();
  int64_t next = asked_from_;
  rest_ = partition.records.slices.empty()
              ? std::string_view()
              : WholeBatches(partition.records.slices.front().data, &next);
  if (next < asked_from_) {
    return Fail(Code::kCorrupt, "{} [{}] at offset {}: the answer goes back to {}", place_.topic,
                place_.partition, asked_from_, next);
  }
  stable_end_ = partition.last_stable_offset;
  // The broker can read ahead while what came is unpacked.
  if (next > asked_from_ && next < stable_end_ && sockets_.BeginAhead()) {
    socket_ = std::move(socket);
    return Ask(*socket_, next);
  }
  sockets_.Give(place_.leader, std::move(socket));
  return {};
}

bool BulkFetch::IsAborted(const RecordBatch& batch) {
  if (!batch.is_transactional()) return false;
  while (!aborted_.empty() && aborted_.front().first_offset <= batch.last_offset()) {
    aborting_.push_back(aborted_.front().producer_id);
    aborted_.erase(aborted_.begin());
  }
  if (batch.is_control()) {  // the end of this producer's transaction
    std::erase(aborting_, batch.producer_id());
    return false;
  }
  return std::ranges::find(aborting_, batch.producer_id()) != aborting_.end();
}

Result<bool> BulkFetch::TakeBatch(size_t most, RecordChunk& chunk) {
  TL_ASSIGN(const RecordBatch batch, FirstBatch(rest_));
  TL_TRY(batch.Check());
  if (IsAborted(batch)) {
    chunk.next_offset = std::max(chunk.next_offset, batch.next_offset());
  } else {
    TL_TRY(AppendRecords(batch, chunk.next_offset, chunk, most));
  }
  const bool whole = chunk.next_offset >= batch.next_offset();
  if (whole) rest_.remove_prefix(batch.size());
  return whole;
}

Result<RecordChunk> BulkFetch::Take(size_t max_bytes) {
  RecordChunk chunk;
  chunk.next_offset = position_;
  if (rest_.empty()) TL_TRY(NextAnswer());
  chunk.backing.push_back(frame_);
  size_t bytes = 0;
  // A few packed bytes may unfold to gigabytes, or to a great many records that are empty.
  const size_t most = 4 * max_bytes;
  bool whole = true;
  while (whole && !rest_.empty() && bytes < max_bytes && chunk.bytes < most) {
    const size_t first = chunk.records.size();
    TL_ASSIGN(whole, TakeBatch(most, chunk));
    for (size_t i = first; i < chunk.records.size(); ++i) {
      const Record& record = chunk.records[i];
      bytes += record.key.value_or("").size() + record.value.value_or("").size();
    }
  }
  position_ = chunk.next_offset;
  if (rest_.empty()) frame_.reset();  // the chunk has it
  return chunk;
}

}  // namespace ticklake::kafka
