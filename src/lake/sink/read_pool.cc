#include "lake/sink/read_pool.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "lake/sink/stage_time.h"

namespace ticklake::lake {
namespace {

/// A read takes at most this part of the budget, unless one batch is greater.
constexpr int64_t kSteps = 128;

/// A list of numbers is four times its text, and twice is counted already.
constexpr int64_t kMostGrowth = 2;

/// What a chunk takes until it is decoded: what was read of it, and the columns it becomes.
int64_t BytesOf(const kafka::RecordChunk& chunk) {
  size_t bytes = 0;
  for (const kafka::Record& record : chunk.records) {
    bytes += record.value.value_or("").size() + record.key.value_or("").size();
  }
  for (const kafka::Header& header : chunk.headers) {
    bytes += header.name.size() + header.value.value_or("").size();
  }
  const size_t entries =
      chunk.records.size() * sizeof(kafka::Record) + chunk.headers.size() * sizeof(kafka::Header);
  return static_cast<int64_t>(2 * bytes + entries);
}

}  // namespace

ReadPool::ReadPool(ReadPoolParts parts) : parts_(std::move(parts)) {}

ReadPool::~ReadPool() { Stop(); }

void ReadPool::Start() {
  for (int i = 0; i < parts_.options->decode_threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

void ReadPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
    queued_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ReadPool::Enqueue(const TopicTablePtr& table, const kafka::LogId& log, bool urgent) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    const bool added = queued_.emplace(table.get(), log).second;
    if (!added && !urgent) return;
    if (!added) std::erase_if(queue_, [&](const Job& job) { return job == Job(table, log); });
    if (urgent) {
      queue_.emplace_front(table, log);
    } else {
      queue_.emplace_back(table, log);
    }
  }
  changed_.notify_one();
}

bool ReadPool::Next(Job& job) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  if (stopping_) return false;
  job = Pop();
  return true;
}

ReadPool::Job ReadPool::Pop() {
  Job job = std::move(queue_.front());
  queue_.pop_front();
  queued_.erase({job.first.get(), job.second});
  return job;
}

bool ReadPool::Work() {
  Job job;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return false;
    job = Pop();
  }
  Do(job);
  return true;
}

void ReadPool::Do(const Job& job) {
  if (Stalled(*job.first)) return;
  AwaitBudget(*job.first, job.second);
  ReadOne(job);
}

void ReadPool::Run() {
  Job job;
  while (Next(job)) {
    Do(job);
    job.first.reset();
  }
}

bool ReadPool::Stalled(TopicTable& table) const {
  {
    const std::lock_guard lock(table.mutex);
    if (table.state.failures == 0) return false;
  }
  return table.tail.Size().bytes > parts_.budget->failing_share();
}

void ReadPool::AwaitBudget(TopicTable& table, const kafka::LogId& log) {
  while (parts_.budget->Exceeded()) {
    if (!parts_.options->commit) {
      if (!table.too_big.exchange(true)) {
        table.tail.StopLog(
            log, fmt::format("table '{}': its uncommitted records exceed the memory budget of {} "
                             "MiB; commit them first, with `ticklake up` or `ticklake sink "
                             "--until-end`",
                             table.tail.table(), parts_.budget->room() >> 20));
      }
      return;
    }
    parts_.on_full();
    parts_.budget->WaitFor(std::chrono::milliseconds(100));
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
}

// Memory that commits do not free, since they fail for one, is not waited for.
bool ReadPool::AwaitRoom(int64_t bytes) {
  constexpr std::chrono::milliseconds kStep{50};
  constexpr int kMostSteps = 100;
  if (!parts_.options->commit) return true;
  const MemoryClaim wanted(*parts_.budget, MemoryClaim::Kind::kWanted, bytes);
  for (int i = 0; i < kMostSteps && parts_.budget->Lacks(bytes); ++i) {
    parts_.on_full();
    parts_.budget->WaitFor(bytes, kStep);
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
  }
  return true;
}

void ReadPool::ReadOne(const Job& job) {
  const auto& [table, log] = job;
  const auto cursor = table->tail.BeginRead(log);
  if (!cursor) return;
  // A small budget is read into in small steps.
  const size_t most = std::min(parts_.options->read_bytes,
                               static_cast<size_t>(parts_.budget->limit() / kSteps) + 1);
  MemoryClaim claim(*parts_.budget, MemoryClaim::Kind::kReading, static_cast<int64_t>(most));
  Result<kafka::RecordChunk> chunk = [&] {
    const StageTime time(parts_.options->metrics, "read");
    return parts_.reader->Read(log, cursor->offset, most);
  }();
  claim.Set(chunk ? BytesOf(*chunk) : 0);
  if (!chunk) return Failed(*table, *cursor, chunk.error());
  if (BytesOf(*chunk) > parts_.budget->great_chunk()) {
    return DecodeGreat(job, *cursor, *std::move(chunk), claim);
  }
  const bool more = table->tail.EndRead(*cursor, chunk->next_offset);
  if (more) Enqueue(table, log, false);
  if (chunk->next_offset > cursor->offset) Decode(*table, *cursor, *std::move(chunk), claim);
}

// Nothing is decoded behind such a chunk, so that whoever waits here keeps no tail from its commit.
void ReadPool::DecodeGreat(const Job& job, const LogCursor& cursor, kafka::RecordChunk chunk,
                           MemoryClaim& claim) {
  const auto& [table, log] = job;
  const int64_t next = chunk.next_offset;
  {
    const std::lock_guard turn(great_);
    if (!AwaitRoom(kMostGrowth * BytesOf(chunk))) return;
    Decode(*table, cursor, std::move(chunk), claim);
  }
  if (table->tail.EndRead(cursor, next)) Enqueue(table, log, false);
}

void ReadPool::Failed(TopicTable& table, const LogCursor& cursor, const Error& error) {
  if (error.code != Code::kCorrupt) return table.tail.EndRead(cursor, error);
  if (parts_.options->on_gap == OnGap::kRecord) {
    const auto next = parts_.reader->NextBatchOffset(cursor.log, cursor.offset);
    if (!next) return table.tail.EndRead(cursor, next.error());
    spdlog::error("{}: offsets {} to {} are damaged and recorded as a hole: {}",
                  NameOf(cursor.log, cursor.source.topic), cursor.offset, *next - 1, error.message);
    table.tail.EndRead(cursor, *next);
    return table.tail.Publish(cursor, MakeLostPiece(cursor.offset, *next));
  }
  table.tail.EndRead(cursor, error);
  table.tail.StopLog(
      cursor.log,
      fmt::format("{}: reading stops at offset {}: {}; all before it is served; restore the log "
                  "from a copy, or start with --on-gap=record to note the hole and go on",
                  NameOf(cursor.log, cursor.source.topic), cursor.offset, error.message));
}

// In as many parts as the decoder makes of the chunk; each is published before the next is decoded.
// While it waits for room it claims none itself; nor does it wait where nothing of the table can be
// committed: what other threads have decoded of the log behind this part enters the tail after it.
void ReadPool::Decode(TopicTable& table, const LogCursor& cursor, kafka::RecordChunk chunk,
                      MemoryClaim& claim) {
  const SinkOptions& options = *parts_.options;
  int64_t last_bytes = 0;
  for (int64_t from = cursor.offset; from < chunk.next_offset;) {
    if (from > cursor.offset) {
      claim.Set(0);
      if (table.tail.Size().pending) {
        AwaitBudget(table, cursor.log);
        if (last_bytes > parts_.budget->great_chunk() && !AwaitRoom(last_bytes)) return;
      }
      claim.Set(BytesOf(chunk));
      if (!options.commit && parts_.budget->Exceeded()) return;  // the log was stopped
      std::erase_if(chunk.records, [&](const kafka::Record& each) { return each.offset < from; });
    }
    Result<DecodedChunk> decoded = [&] {
      const StageTime time(options.metrics, "decode");
      return cursor.decoder->Decode(cursor.source, chunk);
    }();
    if (!decoded) {
      return table.tail.StopLog(cursor.log, fmt::format("{}: offsets from {} cannot be decoded: {}",
                                                        NameOf(cursor.log, cursor.source.topic),
                                                        from, decoded.error().message));
    }
    const int64_t to = decoded->next_offset;
    TailPiecePtr piece = MakePiece(from, to, std::move(*decoded));
    last_bytes = piece->bytes;
    table.tail.Publish(cursor, std::move(piece));
    table.tail.MergeSmall(cursor.log);
    const TailSize size = table.tail.Size();
    if (size.rows + size.dead >= options.flush_rows || size.bytes >= options.flush_bytes) {
      parts_.on_full();
    }
    from = to;
  }
}

}  // namespace ticklake::lake
