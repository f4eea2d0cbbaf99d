// Session: the prompt's conversation: lines in, answers out, until the end.
//
// Collects lines into statements, asks, shows answers and errors, carries out the backslash
// commands, and remembers what was typed.
// Threading: one thread. Invariants: nothing a statement does ends the session.
// Does not: draw lines (LineSource), know who answers (Asker), or read the environment.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "cli/prompt/asker.h"
#include "cli/prompt/cancel_key.h"
#include "cli/prompt/commands.h"
#include "cli/prompt/history.h"
#include "cli/prompt/lake_names.h"
#include "cli/prompt/line_source.h"

namespace ticklake::cli {

/// Where answers are shown.
struct Screen {
  std::function<void(std::string_view)> print;
  std::function<std::string(std::string_view)> dim;
  std::function<std::string(std::string_view)> red;
  std::function<size_t()> width;  ///< characters; 0: no limit
};

/// All of it outlives the session.
struct SessionParts {
  Asker* asker = nullptr;
  History* history = nullptr;
  CancelKey* cancel = nullptr;
  const Screen* screen = nullptr;
};

class Session {
 public:
  Session(const SessionParts& parts, query::Format format);

  /// Says what `title` is connected to, then reads and answers until the end.
  void Run(LineSource& lines, std::string_view title);

  /// What Tab does in the line that is being typed.
  Completion Complete(std::string_view line, size_t cursor);

 private:
  /// Lines of one input; false: the user wants to leave.
  bool Take(std::string_view text);
  bool TakeLine(std::string_view line);
  bool CarryOut(std::string_view line);
  void Remember(std::string_view entry);
  std::string Prompt() const;

  query::SqlResult<void> Answer(std::string_view sql, std::stop_token cancel);
  /// Answers and shows the error, if any.
  void Show(std::string_view sql);
  void ShowError(const query::SqlError& error, std::string_view text, std::string_view file);
  void ShowTables();
  void Include(const std::string& path);
  void Watch(const std::string& seconds);
  void SetFormat(const std::string& name);
  void Toggle(bool& flag, const std::string& argument, std::string_view what);
  void NoteWhere();
  void Say(std::string_view text) { parts_.screen->print(text); }

  const SessionParts parts_;
  LakeNames names_;
  LineSource* lines_ = nullptr;
  query::Format format_;
  bool expanded_ = false;
  bool timing_ = true;
  bool cancelled_ = false;  // the last statement was
  std::string where_;       // as the user was last told
  std::string pending_;     // what is typed of a statement that is not finished
  std::string entry_;       // the same with what was answered of it, for the history
  std::string last_;        // statement, for \watch
};

/// "31 ms", "1.24 s", "2 min 3 s".
std::string ElapsedText(std::chrono::nanoseconds elapsed);

}  // namespace ticklake::cli
