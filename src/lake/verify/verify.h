// Verify: matches a table's positions to its rows and to the logs they came from.
//
// For each log: rows + dead letters + tombstones + holes = the range from the log's start to
// the recorded position, and no offset twice. Also: summary and property state the same
// positions, and the ranges of the snapshots still kept tile.
// Threading: one call uses its own memory (a few bits an offset) and may run beside a sink.
// Does not: repair anything; judge logs it cannot read (it says so instead of "ok").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/log_reader.h"
#include "lake/table/table.h"

namespace ticklake::lake {

struct VerifyOptions {
  size_t examples = 20;         ///< offsets named in each problem
  size_t read_bytes = 4 << 20;  ///< of a log at a time
};

/// The ledger of one log of a table.
struct LogLedger {
  kafka::LogId log;
  std::string topic;
  int32_t epoch = 0;
  /// False: no reader for its cluster, or the topic is gone: only duplicates were looked for.
  bool checkable = false;
  bool deleted = false;  ///< the topic is gone: nothing will ever be there to compare with
  std::string note;      ///< why it is not checkable, or what lies before log_start
  int64_t from = 0;      ///< the log's start: the checked range is [from, to)
  int64_t to = 0;        ///< the table's position
  int64_t rows = 0;      ///< in [from, to)
  int64_t dead_letters = 0;
  int64_t tombstones = 0;
  int64_t holes = 0;         ///< no committed record there, or recorded as lost to retention
  int64_t before_start = 0;  ///< rows and dead letters below `from`: retention took the records
  int64_t duplicates = 0;    ///< offsets that occur more than once
  int64_t missing = 0;       ///< records that are in the log and not in the table
  int64_t unexpected = 0;    ///< rows whose record is not in the log, or beyond the position
};

struct VerifyReport {
  std::string database;
  std::string table;
  std::vector<LogLedger> logs;
  std::vector<std::string> problems;  ///< empty: everything that could be checked is right

  bool Ok() const { return problems.empty(); }
  /// True when every log that still exists could be checked.
  bool Complete() const;
};

struct VerifyParts {
  TableStore* tables = nullptr;
  kafka::LogReader* reader = nullptr;  ///< nullptr: no log can be read
};

/// kNotFound: no such table; kInvalid: it is no topic's table (nothing to verify).
Result<VerifyReport> Verify(const VerifyParts& parts, const std::string& database,
                            const std::string& table, const VerifyOptions& options = {});

/// The tables of a database that Verify can check, sorted; dead letters' tables are checked
/// with their main table and not listed.
Result<std::vector<std::string>> TopicTables(TableStore& tables, const std::string& database);

}  // namespace ticklake::lake
