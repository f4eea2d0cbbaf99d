// Failpoints: named places in the I/O at which a process can be told to die, fail or dawdle.
//
// For crash tests of the real program. TICKLAKE_FAILPOINT=NAME[@N][=ACTION] arms one failpoint for
// the Nth time (default 1) that it is passed. A name is that of a place, and a moment: before or
// after the call or, for appends, half, when a part of the bytes is in the file. ACTION: kill (the
// default, as by kill -9), error, sleep:MS; log writes a line to the log the first time that each
// of the names is passed, and takes * for the name. docs/failpoints.md has the whole list.
//
// Places are found by what a call does and to which path, so the rooms know nothing of them: all
// files go through FileSystem, all table swaps through Catalog, and both are wrapped
// (failpoint_io.h) only where the variable is set. Threading: safe from any thread. Does not: know
// threads, but for telling the swap of a merge from that of a sink: it follows the merged file in
// the same thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"

namespace ticklake::cli {

class Failpoints {
 public:
  enum class Call {
    kCreate,     ///< a file that must not exist yet
    kAppend,     ///< to a file
    kSync,       ///< of a file
    kTruncate,   ///< of a file
    kName,       ///< rename or link; the path is the new one
    kRemove,     ///< of a file
    kRemoveAll,  ///< of a directory
    kNewTable,   ///< catalog; the path is the table's name
    kSwap,       ///< catalog: compare-and-set of a table by a sink; the path is the table's name
    kMergeSwap,  ///< the same by maintenance
  };
  enum class Moment { kBefore, kHalf, kAfter };

  struct Place {
    std::string_view name;
    Call call;
    /// Glob (fnmatch) over as many last components of the path as it has itself.
    std::string_view path;
  };

  /// Nothing (nullptr) when TICKLAKE_FAILPOINT is not set or empty. kInvalid names all names.
  static Result<std::unique_ptr<Failpoints>> FromEnvironment();
  static Result<std::unique_ptr<Failpoints>> Parse(std::string_view text);
  /// All names, "log.append.before" and so on, in the order of the data's way.
  static std::vector<std::string> Names();

  /// The place that such a call passes; nullptr if none.
  static const Place* Find(Call call, std::string_view path);
  /// Passes a place (nullptr: none). An error is to be returned instead of the call's own result.
  Result<void> Pass(const Place* place, Moment moment);

  /// Tells that this thread wrote a merged file: its next swap is the merge's.
  void NoteMerge();
  /// kMergeSwap the first time after NoteMerge in this thread, else kSwap.
  Call WhichSwap();

 private:
  enum class Action { kKill, kError, kSleep, kLog };

  Result<void> Act(const std::string& name) const;
  void Log(const std::string& name);

  const Place* place_ = nullptr;  ///< nullptr: all (with kLog)
  Moment moment_ = Moment::kBefore;
  int64_t nth_ = 1;
  Action action_ = Action::kKill;
  int64_t sleep_ms_ = 0;

  std::atomic<int64_t> passed_ = 0;
  std::mutex mutex_;                   // guards the rest
  std::set<std::string> logged_;       ///< kLog: names already told
  std::set<std::thread::id> merging_;  ///< threads whose next swap is a merge's
};

}  // namespace ticklake::cli
