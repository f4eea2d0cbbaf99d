// RecordStream: the records of one batch, as the bytes of one after another.
//
// Those of a packed batch are unpacked block by block, so that a batch of a few bytes that holds
// gigabytes takes one block at a time, or one record where that is larger; those of a plain one are
// views into it.
// Private to this room. Threading: one thread. Does not: look into records, or count them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kafka/compression.h"

namespace ticklake::kafka {

class RecordStream {
 public:
  /// `payload` must outlive the stream. More than `limit` plain bytes are kCorrupt when they are
  /// reached.
  static Result<RecordStream> Open(Compression codec, std::string_view payload, size_t limit);

  /// The next record without its length; a view that is good until the next call, or for as long as
  /// what Keep gave. Empty: the bytes do not hold a record there, or error() says why not. There
  /// are millions: a Result for each would cost as much as reading it.
  std::string_view Next();
  const std::optional<Error>& error() const { return error_; }
  /// Adds to `backing` what keeps the last record's bytes, unless that is there by an earlier call;
  /// of a plain batch, nothing.
  void Keep(std::vector<std::shared_ptr<const void>>& backing);
  /// No bytes are left.
  Result<bool> AtEnd();

 private:
  RecordStream(std::unique_ptr<Unpacker> unpacker, size_t limit)
      : unpacker_(std::move(unpacker)), limit_(limit) {}
  size_t left() const { return static_cast<size_t>(end_ - p_); }
  /// Goes on unpacking until there are `need` bytes from p_ on, or all.
  Result<void> Fill(size_t need);
  /// The same; false after an error, which is kept.
  bool TryFill(size_t need);
  void MakeRoom(size_t need);

  std::unique_ptr<Unpacker> unpacker_;  ///< nullptr: [p_, end_) is all there is
  size_t limit_;
  std::shared_ptr<char[]> block_;
  size_t capacity_ = 0;  ///< of block_
  bool kept_ = false;    ///< somebody has block_
  const char* p_ = nullptr;
  const char* end_ = nullptr;
  std::optional<Error> error_;
};

}  // namespace ticklake::kafka
