// LakeNames: the names that completion offers, asked of the lake when needed and kept a while.
//
// Threading: one thread. Invariants: a lake that is slow or gone costs a moment, and no error.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "cli/prompt/asker.h"
#include "cli/prompt/completer.h"

namespace ticklake::cli {

class LakeNames : public NameSource {
 public:
  /// `asker` outlives it.
  explicit LakeNames(Asker& asker) : asker_(asker) {}

  std::vector<std::string> Databases() override;
  std::vector<std::string> Tables(const std::string& database) override;
  std::vector<std::string> Columns(const std::string& database, const std::string& table) override;

 private:
  struct Kept {
    std::chrono::steady_clock::time_point when;
    std::vector<std::string> names;
  };
  /// The first column of an answer; as it was a moment ago if it was asked for then.
  std::vector<std::string> FirstColumn(const std::string& sql);

  Asker& asker_;
  std::map<std::string, Kept> kept_;
};

}  // namespace ticklake::cli
