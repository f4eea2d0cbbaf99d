// LineEditor: a LineSource on a terminal, by libedit. Nothing but the wiring is here.
//
// Keys are libedit's (Emacs), with Tab for completion, Ctrl-R for searching, Ctrl-C as a character
// while a line is edited, and pasted text taken as it is. ~/.editrc is obeyed.
// Threading: one thread; one editor at a time in a process. Invariants: outside Read the terminal
// is in its ordinary mode. Does not: decide what completes, what is remembered, or what a line
// means.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/prompt/line_source.h"

namespace ticklake::cli {

struct LineEditorOptions {
  bool color = false;                                         ///< the prompt is bold
  std::vector<std::string> history;                           ///< oldest first
  size_t history_bound = 2'000;                               ///< entries
  CompleteFunction complete;                                  ///< may be empty
  std::function<size_t()> width = [] { return size_t{80}; };  ///< of the terminal, in characters
};

class LineEditor : public LineSource {
 public:
  /// On standard input and output, which are terminals. kIo when the terminal cannot be used.
  static Result<std::unique_ptr<LineEditor>> Open(LineEditorOptions options);
  ~LineEditor() override;
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  Input Read(std::string_view prompt) override;
  void Remember(const std::string& entry) override;

 private:
  struct Parts;
  explicit LineEditor(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace ticklake::cli
