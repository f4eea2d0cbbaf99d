// Engine: SQL over the lake and its tail, answered by DuckDB in a sandbox.
//
// Run checks a statement (gate.h), asks the TableSource for a view of every table it names,
// shows those to DuckDB under a catalog of this one query, and streams the rows to a writer.
// DuckDB starts at the first query and not before: an idle process stays small.
// Threading: Run may be called from any number of threads at once. Invariants: SQL reaches
// nothing but the tables that the gate found in it; a query sees one state of each table.
// Does not: cache results, or know where files and tail come from.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "lake/sink/view.h"
#include "query/results/writer.h"
#include "query/sql_error.h"

namespace ticklake::query {

struct EngineOptions {
  size_t threads = 0;                  ///< that DuckDB works with; 0: one for each processor
  uint64_t memory_limit = 1ULL << 30;  ///< bytes of DuckDB's buffers; beyond it spills to temp_dir
  uint64_t temp_limit = 16ULL << 30;   ///< bytes in temp_dir
  std::string lake_root;               ///< the directory that all committed files lie in
  std::string temp_dir;                ///< for spilling; created when needed; "": never spill
  std::chrono::milliseconds patience{5'000};  ///< how long to wait for a tail, all tables together
  /// A statement that was stopped and does not end within this is left to itself,
  std::chrono::milliseconds leave_after{2'000};
  int most_left = 8;  ///< and with so many of those, new ones are refused.
  Metrics* metrics = nullptr;
};

struct RunOptions {
  std::chrono::milliseconds timeout{0};  ///< from the start of Run; 0: none
  std::stop_token cancel;                ///< the asker is gone
};

struct RunStats {
  uint64_t rows = 0;
  std::chrono::nanoseconds elapsed{0};
  std::vector<std::string> notes;  ///< tails that may lack rows, and why (TableView::note)
};

class Engine {
 public:
  /// `source` outlives the engine.
  Engine(lake::TableSource& source, EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Runs one statement to its end. Errors: kInvalid, kUnsupported and kNotFound for the SQL,
  /// with a position where there is one (kUnsupported without: more memory than allowed);
  /// kTimeout; kCancelled; kUnavailable while too many were left; and whatever the source or the
  /// writer says.
  SqlResult<RunStats> Run(std::string_view sql, ResultWriter& writer,
                          const RunOptions& options = {});

  /// Statements that were stopped, are inside a call that cannot be interrupted, and were left: the
  /// destructor waits for them.
  int left() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace ticklake::query
