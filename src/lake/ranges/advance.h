// Advance: the rule by which a commit is accepted, and what a sink does when it was not.
//
// These few functions are the whole algebra of "exactly once"; everything else carries their
// arguments about. Threading: pure functions.
// Does not: talk to a catalog. The caller makes the result and the files visible in one
// compare-and-set against the table version that `recorded` was read from.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "lake/ranges/position_set.h"

namespace ticklake::lake {

/// Why a commit must not happen.
struct Rejection {
  kafka::LogId log;
  std::string topic;
  std::optional<int64_t> recorded;  ///< the table's position; nullopt: the log is new to it
  Range offered;
  std::string why;

  /// Names the log, the recorded position, and what was offered.
  std::string Message() const;
};

/// The positions after a commit of `ranges`. Accepted only if every range starts exactly at
/// the recorded position of its log, with its epoch. A log without a recorded position may
/// start anywhere (its start may lie above 0), under the epoch of its incarnation or, for a
/// new incarnation, one above all recorded ones. A log may occur once.
std::expected<PositionSet, Rejection> Advance(const PositionSet& recorded,
                                              std::span<const Range> ranges);

/// The epochs under which one sink works: the table's, and its own guesses for incarnations
/// that the table does not know yet. Another sink may take a number first; then Of gives a
/// new one, and rows decoded under the old one must be decoded again.
class Epochs {
 public:
  int32_t Of(const PositionSet& recorded, const std::string& cluster_id, const Uuid& topic_id);

 private:
  std::map<std::pair<std::string, Uuid>, int32_t> guesses_;
};

/// How an uncommitted tail [from, to) of a log stands to a freshly read table.
enum class Standing {
  kExact,    ///< the table records `from`: the tail follows it
  kCovered,  ///< from < recorded <= to: drop what lies below the recorded position
  kReset,    ///< the table is beyond the tail, or was rolled back: drop all, read on from it
};
Standing Compare(int64_t from, int64_t to, int64_t recorded);

}  // namespace ticklake::lake
