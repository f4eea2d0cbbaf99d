// Maintainer: merges small data files in the background, so that cost stays flat.
//
// Per partition of a table: when enough small files have gathered, they are rewritten as one
// file of up to the target size, sorted by (symbol, ts_event) where those columns exist, in
// one compare-and-set that keeps rows and positions as they are. Once an hour it removes orphans
// (orphans.h).
// Threading: one low-priority thread of its own; RunOnce may be called instead (not beside).
// Invariants: the rows of a table are the same before and after; a lost race changes nothing
// and leaves files that no table refers to. Does not: expire snapshots (each commit does), or touch
// tables that are not a topic's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "lake/table/table.h"

namespace ticklake::lake {

struct MaintenanceOptions {
  std::string database = "market";
  std::chrono::milliseconds interval{30'000};  ///< between two looks at all tables
  size_t min_files = 16;                       ///< small files of a partition before a merge
  int64_t target_bytes = 128LL << 20;          ///< of a merged file
  int64_t small_bytes = 32LL << 20;            ///< below it a file counts as small
  int64_t max_rows = 2'000'000;                ///< of one merge
  int64_t max_bytes = 512LL << 20;  ///< of rows in memory in one merge, which takes twice as much
  int64_t cold_after = 360;  ///< versions of a table without a file for a partition: it is full
  std::chrono::milliseconds sweep_interval{3'600'000};  ///< between two looks for orphans
  Metrics* metrics = nullptr;
};

struct MaintenanceResult {
  int64_t merges = 0;
  int64_t files_before = 0;
  int64_t files_after = 0;
  int64_t rows = 0;
  int64_t orphans = 0;  ///< objects removed that no snapshot refers to
};

class Maintainer {
 public:
  /// `tables` and `clock` must outlive it. Nothing runs before Start.
  Maintainer(TableStore& tables, const Clock& clock, const MaintenanceOptions& options);
  ~Maintainer();  ///< stops

  void Start();
  /// Waits for the file being written, not for the whole round.
  void Stop();

  /// One look at all tables, for orphans too if it is time. A table's failure is logged and does
  /// not stop the others.
  Result<MaintenanceResult> RunOnce();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ticklake::lake
