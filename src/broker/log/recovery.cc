#include "broker/log/recovery.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/log.h"
#include "broker/log/batch_scan.h"
#include "broker/log/log_format.h"

namespace ticklake::broker {
namespace {

constexpr size_t kScanWindow = 4 << 20;

class Recovery {
 public:
  Recovery(const SegmentContext& context, const std::string& dir, const RecoveryOptions& options)
      : context_(context), fs_(*context.fs), dir_(dir), options_(options) {}

  Result<RecoveredLog> Run() {
    TL_ASSIGN(const bool exists, fs_.Exists(dir_));
    if (!exists) return std::move(log_);
    TL_TRY(ListSegments());
    TL_TRY(ReadCheckpoint());
    TL_TRY(DropBelowLogStart());
    if (bases_.empty()) {
      log_.end = log_.checkpoint.recovery_offset;
      if (log_.end > log_.log_start) Damaged("its segment files are missing");
      log_.log_start = log_.end;
      return std::move(log_);
    }
    TL_TRY(ScanSegments());
    TL_TRY(MakeDurable());
    log_.checkpoint.cut_at.reset();
    return std::move(log_);
  }

 private:
  Result<void> ListSegments() {
    TL_ASSIGN(const auto names, fs_.List(dir_));
    for (const std::string& name : names) {
      if (const auto base = ParseOffsetName(name, kSegmentSuffix)) bases_.push_back(*base);
    }
    return {};
  }

  Result<void> ReadCheckpoint() {
    const std::string path = JoinPath(dir_, kCheckpointFile);
    TL_ASSIGN(const bool exists, fs_.Exists(path));
    if (exists) {
      TL_ASSIGN(const std::string text, fs_.ReadFile(path));
      auto parsed = ParseCheckpoint(text, path);
      if (!parsed && parsed.error().code == Code::kUnsupported) return Fail(parsed.error());
      if (parsed) {
        log_.checkpoint = std::move(*parsed);
        log_.producers = log_.checkpoint.producers;
        log_.log_start = log_.checkpoint.log_start;
        log_.wants_checkpoint = log_.cut_marked = log_.checkpoint.cut_at.has_value();
        return {};
      }
      spdlog::error("{}; checking the whole log instead", parsed.error().message);
    }
    // Without one, everything is checked.
    const int64_t first = bases_.empty() ? 0 : bases_.front();
    log_.checkpoint.recovery_offset = log_.checkpoint.segment_base = first;
    log_.checkpoint.log_start = log_.log_start = first;
    return {};
  }

  /// Finishes a truncation that a crash interrupted.
  Result<void> DropBelowLogStart() {
    while (bases_.size() > 1 && bases_[1] <= log_.log_start) {
      if (!options_.read_only) TL_TRY(Segment(context_, dir_, bases_.front()).Remove());
      bases_.erase(bases_.begin());
    }
    if (!bases_.empty() && bases_.front() > log_.log_start) {
      Damaged(fmt::format("offsets {} to {} are missing", log_.log_start, bases_.front() - 1));
      log_.log_start = bases_.front();
    }
    return {};
  }

  Result<void> ScanSegments() {
    const Checkpoint& point = log_.checkpoint;
    size_t first = 0;
    while (first + 1 < bases_.size() && bases_[first + 1] <= point.segment_base) ++first;
    for (size_t i = 0; i < first; ++i) {
      log_.segments.push_back(std::make_shared<Segment>(context_, dir_, bases_[i]));
    }
    log_.end = bases_[first];
    for (size_t i = first; i < bases_.size() && !cut_; ++i) {
      const bool trusted = bases_[i] == point.segment_base;
      if (bases_[i] > log_.end) {
        Damaged(fmt::format("offsets {} to {} are missing", log_.end, bases_[i] - 1));
      }
      TL_TRY(ScanSegment(i, trusted ? point.position : 0));
    }
    return {};
  }

  /// Takes over the part before `from` and checks the rest.
  Result<void> ScanSegment(size_t which, uint64_t from) {
    const int64_t base = bases_[which];
    const bool last = which + 1 == bases_.size();
    const std::string path = Segment::LogPath(dir_, base);
    TL_ASSIGN(const auto file, context_.files->Get(path));
    TL_ASSIGN(const uint64_t size, file->Size());
    SegmentIndex index(base);
    if (from > size) {
      Damaged(fmt::format("{} has {} bytes, but {} had been flushed", path, size, from));
      from = 0;
    }
    if (from > 0) {
      TL_ASSIGN(index, Segment::LoadIndex(context_, dir_, base, from));
      if (index.covered() != from || index.next_offset() != log_.checkpoint.recovery_offset) {
        DamagedAt(path, index.covered(), index.next_offset());
        index = SegmentIndex(base);
        from = 0;
      }
    }
    BatchScan scan(*file, size, kScanWindow);
    uint64_t position = from;
    while (position < size && !ReachedCut(index.next_offset())) {
      TL_ASSIGN(const auto batch, scan.Whole(position));
      if (batch && batch->base_offset() == index.next_offset()) {
        position = Accept(*batch, position, index);
        continue;
      }
      TL_ASSIGN(const auto later, scan.FindIntact(position + 1, index.next_offset()));
      TL_ASSIGN(const bool torn, IsTorn(scan, position, size, last && !later));
      if (last && torn) break;
      DamagedAt(path, position, index.next_offset());
      if (!later) break;
      position = later->position;
      Skip(*later, index);
    }
    log_.wants_checkpoint = log_.wants_checkpoint || index.covered() > from;
    if (last || ReachedCut(index.next_offset())) {
      if (index.covered() < size) TL_TRY(CutTail(path, index, size));
    } else if (index.next_offset() != bases_[which + 1]) {
      DamagedAt(path, index.covered(), index.next_offset());
    }
    log_.end = index.next_offset();
    if (index.covered() > from) index.Touch(context_.clock->NowMillis());
    log_.segments.push_back(std::make_shared<Segment>(context_, dir_, std::move(index)));
    return {};
  }

  uint64_t Accept(const kafka::RecordBatch& batch, uint64_t position, SegmentIndex& index) {
    index.Add({.base_offset = batch.base_offset(),
               .next_offset = batch.next_offset(),
               .position = position,
               .size = batch.size(),
               .max_timestamp = batch.max_timestamp()});
    log_.producers.Remember(batch, batch.base_offset(), context_.clock->NowMillis());
    return position + batch.size();
  }

  /// The index goes on at an intact batch behind damage.
  static void Skip(const IndexedBatch& later, SegmentIndex& index) {
    IndexedBatch hole = later;
    hole.next_offset = later.base_offset;
    hole.size = 0;
    index.Add(hole);
  }

  /// After a failed flush, everything from there on was never durable.
  bool ReachedCut(int64_t offset) {
    cut_ = cut_ || (log_.checkpoint.cut_at && offset >= *log_.checkpoint.cut_at);
    return cut_;
  }

  /// Whether what stands at `position` may be a write that a crash interrupted. When the page cache
  /// survived, such a write is the beginning of one batch, and the last thing in the file.
  Result<bool> IsTorn(BatchScan& scan, uint64_t position, uint64_t size, bool nothing_follows) {
    const bool same_boot = !options_.boot_id.empty() && options_.boot_id == log_.checkpoint.boot_id;
    if (!same_boot) return true;
    if (!nothing_follows) return false;
    TL_ASSIGN(const std::string_view bytes, scan.Bytes(position, kafka::kBatchHeaderSize));
    if (bytes.size() < kafka::kBatchHeaderSize) return true;
    const auto header = PeekHeader(bytes, position);
    if (!header || header->size <= size - position) return false;
    // The beginning of a batch has not the checksum of the whole: else its length is damaged.
    TL_ASSIGN(const std::string_view rest,
              scan.Bytes(position, static_cast<size_t>(size - position)));
    return Crc32c(rest.substr(kafka::kAttributesAt)) !=
           LoadBig<uint32_t>(rest.data() + kafka::kCrcAt);
  }

  /// Cuts what is not part of the log; keeps a copy if it holds readable batches.
  Result<void> CutTail(const std::string& path, const SegmentIndex& index, uint64_t size) {
    if (log_.damage || options_.read_only) return {};
    const uint64_t keep = index.covered();
    TL_ASSIGN(const auto file, fs_.Open(path, OpenMode::kAppend));
    BatchScan scan(*file, size, kScanWindow);
    TL_ASSIGN(const auto later, scan.FindIntact(keep, index.next_offset()));
    if (later) {
      const std::string side = fmt::format("{}{}{}", path, kCutSuffix, keep);
      TL_ASSIGN(const std::string bytes, file->ReadExact(keep, static_cast<size_t>(size - keep)));
      TL_TRY(fs_.WriteFileAtomically(side, bytes));
      spdlog::warn("{}: unflushed batches behind a torn one are kept in {}", path, side);
    }
    spdlog::info("{}: cut {} bytes of an unfinished write at byte {} (offset {})", path,
                 size - keep, keep, index.next_offset());
    TL_TRY(file->Truncate(keep));
    context_.files->Forget(path);
    log_.wants_checkpoint = true;
    return {};
  }

  /// What was read may be in the page cache only, and so may the names of files: both count once
  /// they are on the disk.
  Result<void> MakeDurable() {
    if (options_.read_only || log_.damage) return {};
    TL_TRY(fs_.SyncDir(ParentPath(dir_)));
    TL_TRY(fs_.SyncDir(dir_));
    if (!log_.wants_checkpoint) return {};
    for (const int64_t base : bases_) {
      if (base > log_.segments.back()->base_offset()) {  // beyond a cut mark
        TL_TRY(Segment(context_, dir_, base).Remove());
      }
    }
    TL_TRY(fs_.SyncDir(dir_));
    const std::string path = log_.segments.back()->path();
    TL_ASSIGN(const auto file, fs_.Open(path, OpenMode::kAppend));
    const auto synced = file->Sync();
    if (synced) return {};
    spdlog::error("{}; writing the segment anew", synced.error().message);
    if (const auto copied = CopyAfresh(path); !copied) {
      log_.damage = synced.error().Within(dir_ + ": it can only be read until the next start");
    }
    return {};
  }

  /// A failed flush is not repeated: its bytes count once another file has them.
  Result<void> CopyAfresh(const std::string& path) {
    TL_ASSIGN(const std::string bytes, fs_.ReadFile(path));
    context_.files->Forget(path);
    return fs_.WriteFileAtomically(path, bytes);
  }

  void Damaged(const std::string& what) {
    Report(
        fmt::format("{}: {}; the partition can only be read: restore it from a backup, or delete "
                    "the topic",
                    dir_, what));
  }

  void DamagedAt(const std::string& path, uint64_t position, int64_t offset) {
    Report(
        fmt::format("{}: damaged at byte {} (offset {}); the partition can only be read: restore "
                    "the file from a backup, or delete the topic",
                    path, position, offset));
  }

  void Report(std::string message) {
    spdlog::error("{}", message);
    if (!log_.damage) log_.damage = Error{Code::kCorrupt, std::move(message)};
  }

  const SegmentContext& context_;
  FileSystem& fs_;
  const std::string& dir_;
  const RecoveryOptions& options_;
  RecoveredLog log_;
  std::vector<int64_t> bases_;
  bool cut_ = false;
};

}  // namespace

Result<RecoveredLog> RecoverLog(const SegmentContext& context, const std::string& dir,
                                const RecoveryOptions& options) {
  return Recovery(context, dir, options).Run();
}

}  // namespace ticklake::broker
