// TableCommitter: carries out the commit protocol for one table.
//
// Takes a cut of the tail, makes it durable, writes dead letters, then files, then swaps; sorts
// out lost races and unknown outcomes by loading the table and comparing.
// Threading: CommitOnce from one thread at a time; Refresh from any.
// Invariants: nothing is offered twice without the table having been read in between; no file
// is ever deleted. Does not: decide when to commit, or wait between attempts.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "kafka/log_reader.h"
#include "lake/sink/dead_letters.h"
#include "lake/sink/table_tail.h"
#include "lake/table/table.h"

namespace ticklake::lake {

struct TableCommitterParts {
  TableStore* tables = nullptr;
  kafka::LogReader* reader = nullptr;
  TableTail* tail = nullptr;
  MemoryBudget* budget = nullptr;
  Metrics* metrics = nullptr;
};

/// What one commit brought.
struct Committed {
  int64_t rows = 0;
  int64_t dead = 0;
  std::vector<Range> ranges;  ///< none: there was nothing to commit
  bool partial = false;       ///< another commit is to follow at once
};

class TableCommitter {
 public:
  TableCommitter(const TableCommitterParts& parts, std::string database);

  /// Commits what is decoded now. On an error nothing is lost: the next call begins with a
  /// look at the table.
  Result<Committed> CommitOnce();

  /// Adopts the table's newest version if it is not the held one: one catalog read when it is.
  Result<void> Refresh();

  /// The live files of a version; also told to the tail.
  Result<Files> LiveFiles(const TableState& state);

  DeadLetterTable& dead_letters() { return dead_; }

 private:
  /// A cut whose files are written.
  struct Prepared {
    Cut cut;
    iceberg::Schema schema;
    std::vector<iceberg::DataFile> files;
    int64_t dead = 0;
  };

  Result<void> Reload();
  Result<void> Create(const Cut& cut);
  Result<void> EnsureDurable(const Cut& cut);
  Result<void> Prepare(Cut cut);
  /// True if the prepared files can be offered to the table as it is now.
  bool PreparedFits();
  Result<Committed> Offer();
  Result<void> Publish(LoadedTable committed, const Prepared& prepared);

  TableStore& tables_;
  kafka::LogReader& reader_;
  TableTail& tail_;
  MemoryBudget& budget_;
  Metrics* metrics_;
  const std::string database_;
  DeadLetterTable dead_;
  bool stale_ = true;  ///< the table must be read before anything is offered
  std::optional<Prepared> prepared_;
};

}  // namespace ticklake::lake
