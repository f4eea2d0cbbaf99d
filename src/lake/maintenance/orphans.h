// OrphanSweeper: removes objects of a table that no snapshot refers to: what crashes, lost races
// and merges that came to nothing have left.
//
// An object goes only if all of this holds: its name is one that this program gives; no snapshot,
// tag or branch that the table still has refers to it, be it as removed; it is three days old, by a
// wall clock that has not jumped for an hour, and not older than the table; two looks an hour apart
// found it so.
// And no swap under way can bring it in: before anything is deleted, the table gets a new version
// with a new mark (kSweptKey) by compare-and-set. A swap that was prepared before is refused by the
// catalog then, and whoever prepared it does not offer its files to a version with another mark
// (FilesFit). So the ages are for other programs that write into the folder; ours need none.
// Threading: one thread. Does not: touch tables with gc.enabled=false, or that are not a topic's.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/jump_watch.h"
#include "base/result.h"
#include "lake/table/table.h"

namespace ticklake::lake {

class OrphanSweeper {
 public:
  static constexpr std::chrono::nanoseconds kAge = std::chrono::days(3);
  static constexpr std::chrono::nanoseconds kBetweenLooks = std::chrono::hours(1);

  /// Both must outlive it.
  OrphanSweeper(TableStore& tables, const Clock& clock)
      : tables_(tables), clock_(clock), wall_(clock) {}

  /// Looks at the wall clock; to be called more often than Sweep. False while it is not trusted.
  bool Watch() { return wall_.Steady(); }
  /// One look at one table; how many objects were removed.
  Result<int64_t> Sweep(const std::string& database, const std::string& name);

 private:
  using Seen = std::map<std::string, Nanos>;  // key → Clock::Monotonic of the first look

  Result<std::set<std::string>> Candidates(const TableState& state);
  /// Those that an earlier look has seen too; remembers the others.
  std::set<std::string> SeenTwice(Seen& seen, const std::set<std::string>& candidates) const;

  TableStore& tables_;
  const Clock& clock_;
  JumpWatch wall_;
  std::map<std::string, Seen> seen_;  // by table
};

}  // namespace ticklake::lake
