#include "broker/log/segment.h"

#include <utility>

#include "broker/log/batch_scan.h"
#include "broker/log/log_format.h"

namespace ticklake::broker {
namespace {

constexpr size_t kHeaderWindow = 64 << 10;

/// Of a Create that failed half-way: an empty file whose name may not be durable.
Result<void> RemoveLeftover(FileSystem& fs, const std::string& path) {
  TL_ASSIGN(const auto file, fs.Open(path, OpenMode::kRead));
  TL_ASSIGN(const uint64_t size, file->Size());
  if (size > 0) return Fail(Code::kAlreadyExists, "{}: exists, with {} bytes", path, size);
  return fs.Remove(path);
}

}  // namespace

Segment::Segment(SegmentContext context, const std::string& dir, int64_t base_offset)
    : context_(context), dir_(dir), base_offset_(base_offset), path_(LogPath(dir, base_offset)) {}

Segment::Segment(SegmentContext context, const std::string& dir, SegmentIndex index)
    : Segment(context, dir, index.base_offset()) {
  index_ = std::move(index);
}

Result<std::shared_ptr<Segment>> Segment::Create(SegmentContext context, const std::string& dir,
                                                 int64_t base_offset) {
  auto segment = std::make_shared<Segment>(context, dir, SegmentIndex(base_offset));
  FileSystem& fs = *context.fs;
  auto writer = fs.Open(segment->path_, OpenMode::kCreateNew);
  if (!writer && writer.error().code == Code::kAlreadyExists) {
    TL_TRY(RemoveLeftover(fs, segment->path_));
    writer = fs.Open(segment->path_, OpenMode::kCreateNew);
  }
  if (!writer) return Fail(writer.error());
  segment->writer_ = std::move(*writer);
  return segment;
}

std::string Segment::LogPath(const std::string& dir, int64_t base_offset) {
  return JoinPath(dir, OffsetName(base_offset).append(kSegmentSuffix));
}

std::string Segment::IndexPath(const std::string& dir, int64_t base_offset) {
  return JoinPath(dir, OffsetName(base_offset).append(kIndexSuffix));
}

Result<SegmentIndex> Segment::LoadIndex(const SegmentContext& context, const std::string& dir,
                                        int64_t base_offset, uint64_t size) {
  if (const auto saved = context.fs->ReadFile(IndexPath(dir, base_offset)); saved) {
    auto index = SegmentIndex::Parse(*saved, base_offset);
    if (index && index->covered() == size) return index;
  }
  TL_ASSIGN(const auto file, context.files->Get(LogPath(dir, base_offset)));
  BatchScan scan(*file, size, kHeaderWindow);
  SegmentIndex index(base_offset);
  while (index.covered() < size) {
    TL_ASSIGN(const auto batch, scan.Seek(index.covered(), index.next_offset()));
    if (!batch) break;
    index.Add(*batch);
  }
  index.Touch(context.clock->NowMillis());  // nobody knows: as if it were new
  return index;
}

Result<void> Segment::NeedIndexLocked() {
  if (index_) return {};
  TL_ASSIGN(const auto file, OpenForReading());
  TL_ASSIGN(const uint64_t size, file->Size());
  TL_ASSIGN(index_, LoadIndex(context_, dir_, base_offset_, size));
  return {};
}

Result<SegmentFacts> Segment::Facts() {
  const std::lock_guard lock(mutex_);
  TL_TRY(NeedIndexLocked());
  return SegmentFacts{.size = index_->covered(),
                      .next_offset = index_->next_offset(),
                      .max_timestamp = index_->max_timestamp(),
                      .first_append_ms = index_->first_append_ms(),
                      .last_append_ms = index_->last_append_ms()};
}

Result<void> Segment::NotAfter(int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  TL_TRY(NeedIndexLocked());
  index_->NotAfter(now_ms);
  return {};
}

Result<uint64_t> Segment::PositionFor(int64_t offset) {
  const std::lock_guard lock(mutex_);
  TL_TRY(NeedIndexLocked());
  return index_->PositionFor(offset);
}

Result<uint64_t> Segment::PositionForTimestamp(int64_t timestamp_ms) {
  const std::lock_guard lock(mutex_);
  TL_TRY(NeedIndexLocked());
  return index_->PositionForTimestamp(timestamp_ms);
}

Result<void> Segment::Append(std::span<const std::string_view> parts, const IndexedBatch& batch,
                             int64_t now_ms, bool* broken) {
  std::shared_ptr<File> writer;
  {
    const std::lock_guard lock(mutex_);
    if (writer_ == nullptr) {
      TL_ASSIGN(writer_, context_.fs->Open(path_, OpenMode::kAppend));
    }
    writer = writer_;
    dirty_ = true;
  }
  if (auto wrote = writer->Append(parts); !wrote) {
    // What was written in part must not be followed by anything.
    const auto truncated = writer->Truncate(batch.position);
    *broken = !truncated;
    return wrote;
  }
  const std::lock_guard lock(mutex_);
  dirty_ = true;  // a Sync may have come between
  index_->Add(batch);
  index_->Touch(now_ms);
  return {};
}

Result<void> Segment::Sync() {
  std::shared_ptr<File> writer;
  {
    const std::lock_guard lock(mutex_);
    if (!dirty_) return {};
    writer = writer_;
    dirty_ = false;
  }
  return writer->Sync();
}

Result<void> Segment::CutAt(int64_t offset) {
  TL_ASSIGN(const SegmentFacts facts, Facts());
  uint64_t keep = facts.size;
  TL_ASSIGN(const auto file, context_.fs->Open(path_, OpenMode::kAppend));
  if (offset < facts.next_offset) {
    TL_ASSIGN(const uint64_t indexed, PositionFor(offset));
    BatchScan scan(*file, facts.size, kHeaderWindow);
    TL_ASSIGN(const auto batch, scan.Seek(indexed, offset));
    if (!batch || batch->base_offset != offset) {
      return Fail(Code::kCorrupt, "{}: no batch begins at offset {}", path_, offset);
    }
    keep = batch->position;
  }
  return file->Truncate(keep);
}

void Segment::Release() {
  const std::lock_guard lock(mutex_);
  if (!dirty_) writer_.reset();
}

Result<void> Segment::SaveIndex() {
  std::string data;
  {
    const std::lock_guard lock(mutex_);
    TL_TRY(NeedIndexLocked());
    data = index_->Serialize();
  }
  TL_ASSIGN(const auto file, context_.fs->Open(IndexPath(dir_, base_offset_), OpenMode::kTruncate));
  return file->Append(data);
}

Result<void> Segment::Remove() {
  context_.files->Forget(path_);
  const auto index = context_.fs->Remove(IndexPath(dir_, base_offset_));
  if (!index && index.error().code != Code::kNotFound) return index;
  return context_.fs->Remove(path_);
}

}  // namespace ticklake::broker
