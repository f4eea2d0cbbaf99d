// DeadLetterTable: `<table>__dlq` of one table, with positions of its own.
//
// Threading: Commit from one thread at a time; the others from any. Invariants: a letter is
// committed before the main table's range that contains it, and once only.
// Does not: decide what is dead (the decoder does).
#pragma once

#include <mutex>
#include <string>

#include "base/result.h"
#include "lake/sink/table_tail.h"
#include "lake/table/table.h"

namespace ticklake::lake {

class DeadLetterTable {
 public:
  DeadLetterTable(TableStore& tables, std::string database, std::string main_table,
                  std::string topic);

  const std::string& name() const { return name_; }

  /// Commits the letters of a cut that the table does not have yet; their number. Settles
  /// lost races and unknown outcomes itself.
  Result<int64_t> Commit(const Cut& cut);

  /// The newest version; state nullptr when the table does not exist.
  Result<LoadedTable> Load();

 private:
  Result<void> Create();
  Result<int64_t> CommitOnce(const LoadedTable& base, const Cut& cut);

  TableStore& tables_;
  const std::string database_;
  const std::string main_table_;
  const std::string topic_;
  const std::string name_;
  std::mutex mutex_;
  LoadedTable cached_;
};

/// The letters of pieces that a dead letters' table with these positions lacks, as its rows.
/// nullptr when there are none.
std::shared_ptr<arrow::RecordBatch> UncommittedLetters(
    const PositionSet& positions, const std::string& topic,
    const std::vector<std::pair<kafka::LogId, TailPiecePtr>>& pieces);

}  // namespace ticklake::lake
