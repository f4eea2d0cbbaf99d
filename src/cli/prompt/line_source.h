// LineSource: where the session's lines come from: a person at an editor, or a test's script.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/prompt/completer.h"

namespace ticklake::cli {

struct Input {
  enum class Kind {
    kText,       ///< one line, or several that were pasted or recalled together
    kInterrupt,  ///< Ctrl-C: what was typed is to be forgotten
    kEnd,        ///< Ctrl-D on an empty line
  };
  Kind kind = Kind::kEnd;
  std::string text;  ///< without the last line's end
};

class LineSource {
 public:
  virtual ~LineSource() = default;
  /// Shows the prompt and waits.
  virtual Input Read(std::string_view prompt) = 0;
  /// Makes an entry reachable by the up arrow.
  virtual void Remember(const std::string& entry) = 0;
};

/// What Tab does in a line with the cursor at a byte of it.
using CompleteFunction = std::function<Completion(std::string_view line, size_t cursor)>;

}  // namespace ticklake::cli
