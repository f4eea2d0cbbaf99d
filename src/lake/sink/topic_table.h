// TopicTable: all that a sink keeps for one topic and its table.
//
// Threading: tail and committer have their own rules; `mutex` guards `state`.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "lake/sink/options.h"
#include "lake/sink/table_committer.h"
#include "lake/sink/table_tail.h"

namespace ticklake::lake {

struct TopicTableParts {
  TableStore* tables = nullptr;
  kafka::LogReader* reader = nullptr;
  const Clock* clock = nullptr;
  MemoryBudget* budget = nullptr;
  const SinkOptions* options = nullptr;
};

struct TopicTable {
  TopicTable(const TopicTableParts& parts, const std::string& table, const std::string& topic)
      : tail({parts.clock, parts.budget}, table, topic),
        committer({parts.tables, parts.reader, &tail, parts.budget, parts.options->metrics},
                  parts.options->database) {}

  TableTail tail;
  TableCommitter committer;
  /// Without commits: its uncommitted part does not fit into memory.
  std::atomic<bool> too_big = false;

  struct State {
    bool opened = false;      ///< its positions were read
    Nanos open_again_at = 0;  ///< after a failure to open
    bool committing = false;
    bool wanted = false;  ///< commit without waiting for a limit
    bool early = false;   ///< the commit under way was chosen to free memory
    bool tried = false;   ///< since the last CommitPool::CommitAll
    int failures = 0;     ///< in a row
    Nanos retry_at = 0;
    TableStatus counts;  ///< what it has of them; the rest is the tail's
  };
  std::mutex mutex;
  State state;
};

using TopicTablePtr = std::shared_ptr<TopicTable>;

}  // namespace ticklake::lake
