#include "lake/sink/log_tail.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/util/byte_size.h>

#include "lake/rows/names.h"

namespace ticklake::lake {
namespace {

/// About what an array takes beside its values: objects, and the rounding of each block. Many logs
/// with a few rows each are mostly that.
int64_t Overhead(const arrow::ArrayData& data) {
  constexpr int64_t kArray = 256;
  constexpr int64_t kBuffer = 160;
  int64_t bytes = kArray;
  for (const auto& buffer : data.buffers) bytes += buffer ? kBuffer : 0;
  for (const auto& child : data.child_data) bytes += Overhead(*child);
  return bytes;
}

/// Of a dead letter beside its texts.
constexpr int64_t kLetterBytes = 128;

int64_t SizeOf(const TailPiece& piece) {
  int64_t bytes = static_cast<int64_t>(sizeof(TailPiece));
  if (piece.rows) {
    bytes += arrow::util::TotalBufferSize(*piece.rows);
    for (int i = 0; i < piece.rows->num_columns(); ++i) {
      bytes += Overhead(*piece.rows->column_data(i));
    }
  }
  // A commit makes rows of them, which is the most that they take.
  for (const DeadLetter& letter : piece.dead) {
    bytes += kLetterBytes + static_cast<int64_t>(letter.payload.size() + letter.error->size());
  }
  return bytes;
}

/// The first row whose record has at least that offset.
int64_t FirstRowFrom(const arrow::RecordBatch& rows, int64_t offset) {
  const auto kafka =
      std::static_pointer_cast<arrow::StructArray>(rows.GetColumnByName(std::string(kKafkaColumn)));
  const auto offsets = std::static_pointer_cast<arrow::Int64Array>(kafka->GetFieldByName("offset"));
  const auto indexes = std::views::iota(int64_t{0}, rows.num_rows());
  return *std::ranges::lower_bound(indexes, offset, {},
                                   [&](int64_t row) { return offsets->Value(row); });
}

}  // namespace

TailPiecePtr MakePiece(int64_t from, int64_t to, DecodedChunk chunk) {
  auto piece = std::make_shared<TailPiece>();
  piece->from = from;
  piece->to = to;
  if (chunk.rows && chunk.rows->num_rows() > 0) piece->rows = std::move(chunk.rows);
  piece->dead = std::move(chunk.dead);
  piece->dead.shrink_to_fit();
  piece->tombstones = chunk.tombstones;
  piece->bytes = SizeOf(*piece);
  return piece;
}

TailPiecePtr MakeLostPiece(int64_t from, int64_t to) {
  auto piece = std::make_shared<TailPiece>();
  piece->from = from;
  piece->to = to;
  piece->lost = true;
  piece->bytes = SizeOf(*piece);
  return piece;
}

TailPiecePtr CutBelow(const TailPiece& piece, int64_t from) {
  auto rest = std::make_shared<TailPiece>(piece);
  rest->from = from;
  if (piece.rows) {
    const int64_t first = FirstRowFrom(*piece.rows, from);
    rest->rows = first == piece.rows->num_rows() ? nullptr : piece.rows->Slice(first);
  }
  std::erase_if(rest->dead, [&](const DeadLetter& letter) { return letter.offset < from; });
  // Tombstones leave no trace of their offsets; the count is for display only.
  rest->tombstones = 0;
  return rest;
}

void LogTail::Count(const TailPiece& piece, int sign) {
  rows_ += sign * piece.row_count();
  dead_ += sign * std::ssize(piece.dead);
  bytes_ += sign * piece.bytes;
}

void LogTail::Append(TailPiecePtr piece) {
  Count(*piece, 1);
  pieces_.push_back(std::move(piece));
}

void LogTail::DropBelow(int64_t position) {
  while (!pieces_.empty() && pieces_.front()->to <= position) {
    Count(*pieces_.front(), -1);
    pieces_.pop_front();
  }
  if (!pieces_.empty() && pieces_.front()->from < position) {
    TailPiecePtr rest = CutBelow(*pieces_.front(), position);
    Count(*pieces_.front(), -1);
    Count(*rest, 1);
    pieces_.front() = std::move(rest);
  }
  from_ = position;
}

void LogTail::DropNewest(int64_t bytes) {
  while (bytes_ > bytes && pieces_.size() > 1) {
    Count(*pieces_.back(), -1);
    pieces_.pop_back();
  }
}

void LogTail::Reset(int64_t position) {
  pieces_.clear();
  rows_ = 0;
  dead_ = 0;
  bytes_ = 0;
  from_ = position;
}

std::vector<TailPiecePtr> LogTail::Mergeable() const {
  constexpr size_t kFanIn = 8;
  constexpr int64_t kSmallRows = 8'192;
  constexpr int64_t kSmallBytes = 1 << 20;  // rows may be of any size
  if (pieces_.size() < kFanIn) return {};
  const auto last = std::ranges::subrange(pieces_.end() - kFanIn, pieces_.end());
  const int level = pieces_.back()->level;
  const bool alike = std::ranges::all_of(last, [&](const TailPiecePtr& piece) {
    return !piece->lost && piece->level == level && piece->row_count() < kSmallRows &&
           piece->bytes < kSmallBytes;
  });
  return alike ? std::vector<TailPiecePtr>(last.begin(), last.end()) : std::vector<TailPiecePtr>();
}

void LogTail::Replace(const std::vector<TailPiecePtr>& pieces, TailPiecePtr by) {
  const auto at = std::ranges::search(pieces_, pieces).begin();
  if (pieces.empty() || at == pieces_.end()) return;
  for (const TailPiecePtr& piece : pieces) Count(*piece, -1);
  Count(*by, 1);
  *at = std::move(by);
  pieces_.erase(at + 1, at + static_cast<std::ptrdiff_t>(pieces.size()));
}

}  // namespace ticklake::lake
