// Ledger: the running account of one log of a table while it is verified.
//
// Threading: none; one verification owns it. Does not: read files or logs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lake/ranges/position_set.h"
#include "lake/verify/offset_set.h"
#include "lake/verify/verify.h"

namespace ticklake::lake {

/// The first few offsets of one kind of problem.
class Examples {
 public:
  void Add(int64_t offset, size_t most) {
    if (offsets_.size() < most) offsets_.push_back(offset);
    ++count_;
  }
  int64_t count() const { return count_; }
  /// "3 offsets: 5, 9, 12"; "40 offsets, the first: 1, 2, …".
  std::string Text() const;

 private:
  std::vector<int64_t> offsets_;
  int64_t count_ = 0;
};

struct Ledger {
  LogLedger totals;
  OffsetSet stored;         ///< offsets with a row or a dead letter
  std::vector<Range> lost;  ///< holes that commits recorded
  Examples duplicates;
  Examples missing;
  Examples unexpected;
  Examples damaged;

  bool Lost(int64_t offset) const {
    for (const Range& range : lost) {
      if (offset >= range.from && offset < range.to) return true;
    }
    return false;
  }
};

using Ledgers = std::map<kafka::LogId, Ledger>;

}  // namespace ticklake::lake
