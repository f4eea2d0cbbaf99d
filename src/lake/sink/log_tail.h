// LogTail: what is decoded of one log and not committed: contiguous pieces [from, to).
//
// Threading: none of its own; TableTail guards it. Pieces are immutable and shared: a query or
// a commit keeps those it took. Invariants: pieces tile [from, to) in order; rows of a piece
// are in offset order. Does not: know tables, epochs or commits.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "lake/rows/decoder.h"

namespace ticklake::lake {

struct TailPiece {
  int64_t from = 0;
  int64_t to = 0;
  std::shared_ptr<arrow::RecordBatch> rows;  ///< nullptr when there are none
  std::vector<DeadLetter> dead;
  int64_t tombstones = 0;
  /// Nothing was read: retention took these offsets first.
  bool lost = false;
  int64_t bytes = 0;  ///< decoded size, for the memory budget
  int level = 0;      ///< how often its rows were merged into a greater piece
  /// The schema that `rows` has exactly; nullptr: as it was decoded.
  std::shared_ptr<const iceberg::Schema> schema;

  int64_t row_count() const { return rows ? rows->num_rows() : 0; }
};

using TailPiecePtr = std::shared_ptr<const TailPiece>;

/// A piece of a decoded chunk that was read from `from` on.
TailPiecePtr MakePiece(int64_t from, int64_t to, DecodedChunk chunk);
/// A piece that records offsets lost to retention.
TailPiecePtr MakeLostPiece(int64_t from, int64_t to);
/// The part of a piece from offset `from` on (from < piece.to). Rows are shared, not copied.
TailPiecePtr CutBelow(const TailPiece& piece, int64_t from);

class LogTail {
 public:
  explicit LogTail(int64_t at) : from_(at) {}

  int64_t from() const { return from_; }
  int64_t to() const { return pieces_.empty() ? from_ : pieces_.back()->to; }
  int64_t rows() const { return rows_; }
  int64_t dead() const { return dead_; }
  int64_t bytes() const { return bytes_; }
  const std::deque<TailPiecePtr>& pieces() const { return pieces_; }

  /// piece->from == to().
  void Append(TailPiecePtr piece);
  /// Drops everything below `position`, which lies in [from, to].
  void DropBelow(int64_t position);
  /// Drops the newest pieces until no more than `bytes` are left, or one piece.
  void DropNewest(int64_t bytes);
  /// Drops everything and stands at `position`.
  void Reset(int64_t position);

  /// Small neighbours worth one piece: the last 8, if all are of one level and small. So a row
  /// is copied a few times at most, and a query meets few pieces. Empty when there are none.
  std::vector<TailPiecePtr> Mergeable() const;
  /// Puts `by` in the place of exactly these neighbours; nothing happens if they are not (all)
  /// here any more.
  void Replace(const std::vector<TailPiecePtr>& pieces, TailPiecePtr by);

 private:
  void Count(const TailPiece& piece, int sign);

  int64_t from_;
  int64_t rows_ = 0;
  int64_t dead_ = 0;
  int64_t bytes_ = 0;
  std::deque<TailPiecePtr> pieces_;
};

}  // namespace ticklake::lake
