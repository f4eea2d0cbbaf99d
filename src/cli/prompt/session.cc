#include "cli/prompt/session.h"

#include <charconv>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/fs.h"
#include "cli/prompt/script.h"
#include "cli/prompt/statement_splitter.h"
#include "query/duck.h"

namespace ticklake::cli {
namespace {

/// Answers go to the screen as they come.
class ScreenSink : public query::ByteSink {
 public:
  explicit ScreenSink(const Screen& screen) : screen_(screen) {}
  Result<void> Write(std::string_view bytes) override {
    screen_.print(bytes);
    return {};
  }

 private:
  const Screen& screen_;
};

std::string CountText(uint64_t rows) {
  std::string digits = std::to_string(rows);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), 1, ',');
  }
  return fmt::format("{} row{}", digits, rows == 1 ? "" : "s");
}

}  // namespace

std::string ElapsedText(std::chrono::nanoseconds elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 59.995) return fmt::format("{:.2f} s", seconds);
  const auto whole = static_cast<int64_t>(seconds);
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

Session::Session(const SessionParts& parts, query::Format format)
    : parts_(parts), names_(*parts.asker), format_(format) {}

void Session::Run(LineSource& lines, std::string_view title) {
  lines_ = &lines;
  where_ = parts_.asker->Where();
  Say(fmt::format("{} ({}).\n", title, where_));
  Say(parts_.screen->dim(
          "Statements end with a semicolon; \\? for help, Tab completes, Ctrl-D ends.") +
      "\n");
  while (true) {
    const Input input = lines.Read(Prompt());
    if (input.kind == Input::Kind::kEnd) return;
    if (input.kind == Input::Kind::kInterrupt) {
      pending_.clear();
      entry_.clear();
    } else if (!Take(input.text)) {
      return;
    }
  }
}

Completion Session::Complete(std::string_view line, size_t cursor) {
  if (line.starts_with('\\')) return CompleteCommand(line, cursor, names_);
  const std::string text = pending_ + std::string(line);
  return CompleteSql(text, pending_.size() + cursor, names_);
}

std::string Session::Prompt() const {
  const SplitResult split = SplitStatements(pending_);
  if (split.Finished()) return "ticklake>";
  switch (split.open) {
    case query::Open::kString: return "ticklake'>";
    case query::Open::kQuotedName: return "ticklake\">";
    case query::Open::kComment: return "ticklake*>";
    case query::Open::kNothing: break;
  }
  return split.parentheses > 0 ? "ticklake(>" : "ticklake->";
}

bool Session::Take(std::string_view text) {
  cancelled_ = false;
  while (!cancelled_) {
    const size_t end = text.find('\n');
    if (!TakeLine(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
  pending_.clear();  // what was to follow is cancelled too
  entry_.clear();
  return true;
}

bool Session::TakeLine(std::string_view line) {
  const SplitResult before = SplitStatements(pending_);
  // No statement has a line that begins with a backslash, but a string may.
  const bool between = line.starts_with('\\') && before.open == query::Open::kNothing;
  if (between || (before.Finished() && IsCommand(line))) {
    Remember(line);
    return CarryOut(line);
  }
  pending_ += line;
  pending_ += '\n';
  entry_ += line;
  entry_ += '\n';
  const std::string text = pending_;
  const SplitResult split = SplitStatements(text);
  if (split.Finished()) {
    pending_.clear();
    Remember(std::exchange(entry_, ""));
  } else if (!split.statements.empty()) {
    pending_ =
        split.rest.text.empty()
            ? text.substr(split.statements.back().begin + split.statements.back().text.size())
            : text.substr(split.rest.begin);
  }
  for (const StatementText& statement : split.statements) {
    Show(statement.text);
    if (cancelled_) break;
  }
  return true;
}

void Session::Remember(std::string_view entry) {
  if (parts_.history->Add(entry)) lines_->Remember(parts_.history->entries().back());
}

void Session::NoteWhere() {
  std::string now = parts_.asker->Where();
  if (now == where_) return;
  where_ = std::move(now);
  Say(parts_.screen->dim(fmt::format("note: now {}", where_)) + "\n");
}

query::SqlResult<void> Session::Answer(std::string_view sql, std::stop_token cancel) {
  NoteWhere();
  last_ = sql;
  ScreenSink sink(*parts_.screen);
  const query::Format format = expanded_ ? query::Format::kExpanded : format_;
  const auto began = std::chrono::steady_clock::now();
  const auto stats = parts_.asker->Ask(
      {.sql = std::string(sql),
       .output = {.format = format, .max_width = parts_.screen->width(), .footer = false},
       .cancel = std::move(cancel)},
      sink);
  const auto elapsed = std::chrono::steady_clock::now() - began;
  TL_TRY(stats);
  for (const std::string& note : stats->notes) Say(parts_.screen->dim("note: " + note) + "\n");
  const std::string time = timing_ ? ", " + ElapsedText(elapsed) : "";
  Say(parts_.screen->dim(fmt::format("({}{})", CountText(stats->rows), time)) + "\n\n");
  return {};
}

void Session::Show(std::string_view sql) {
  const auto answered = Answer(sql, parts_.cancel->Arm());
  parts_.cancel->Disarm();
  if (!answered) ShowError(answered.error(), sql, "");
}

void Session::ShowError(const query::SqlError& error, std::string_view text,
                        std::string_view file) {
  if (error.code == Code::kCancelled) {
    cancelled_ = true;
    return Say("\n" + parts_.screen->dim("cancelled") + "\n\n");  // below the terminal's ^C
  }
  Say(fmt::format("{} {}{}{}\n{}\n", parts_.screen->red("error:"), file, file.empty() ? "" : ": ",
                  error.message, query::Caret(text, error)));
}

bool Session::CarryOut(std::string_view line) {
  const auto command = ParseCommand(line);
  if (!command) {
    Say(fmt::format("{} there is no command {}; \\? lists those that there are\n",
                    parts_.screen->red("error:"), line.substr(line.find('\\'))));
    return true;
  }
  switch (command->kind) {
    case CommandKind::kHelp: Say(CommandHelp()); break;
    case CommandKind::kTables:
      if (command->argument.empty()) {
        ShowTables();
      } else {
        Show("DESCRIBE " + command->argument);
      }
      break;
    case CommandKind::kDatabases: Show("SHOW DATABASES"); break;
    case CommandKind::kExpanded: Toggle(expanded_, command->argument, "expanded display"); break;
    case CommandKind::kFormat: SetFormat(command->argument); break;
    case CommandKind::kTiming: Toggle(timing_, command->argument, "timing"); break;
    case CommandKind::kInclude: Include(command->argument); break;
    case CommandKind::kWatch: Watch(command->argument); break;
    case CommandKind::kQuit: return false;
  }
  return true;
}

void Session::ShowTables() {
  LakeNames fresh(*parts_.asker);
  std::string rows;
  for (const std::string& database : fresh.Databases()) {
    for (const std::string& table : fresh.Tables(database)) {
      rows += fmt::format("{}({}, {})", rows.empty() ? "" : ", ", query::QuoteText(database),
                          query::QuoteText(table));
    }
  }
  if (rows.empty()) return Show("SHOW TABLES");  // none, or the error that says why
  Show(fmt::format("SELECT * FROM (VALUES {}) AS t(\"database\", \"table\")", rows));
}

void Session::Include(const std::string& path) {
  if (path.empty())
    return Say(parts_.screen->red("error:") + " \\i needs a file: \\i report.sql\n");
  const auto text = PosixFileSystem().ReadFile(path);
  if (!text) return ShowError(text.error(), "", "");
  const auto token = parts_.cancel->Arm();
  const auto done =
      RunScript(*text, [&](std::string_view statement) { return Answer(statement, token); });
  parts_.cancel->Disarm();
  if (!done) ShowError(done.error(), *text, path);
}

void Session::Watch(const std::string& argument) {
  double seconds = 2;
  const char* end = argument.data() + argument.size();
  const bool number = argument.empty() || std::from_chars(argument.data(), end, seconds).ptr == end;
  if (!number || seconds < 0.1 || seconds > 86'400) {
    return Say(fmt::format("{} \\watch {}: not a number of seconds from 0.1 to 86400\n",
                           parts_.screen->red("error:"), argument));
  }
  if (last_.empty()) {
    return Say(parts_.screen->red("error:") +
               " \\watch runs the last statement again; run one first\n");
  }
  const std::string sql = last_;
  const std::stop_token stop = parts_.cancel->Arm();
  std::mutex mutex;
  std::condition_variable_any wake;
  query::SqlResult<void> answered;
  while (answered && !stop.stop_requested()) {
    Say(parts_.screen->dim(fmt::format("every {} s, Ctrl-C ends:", seconds)) + "\n");
    answered = Answer(sql, stop);
    std::unique_lock lock(mutex);
    if (answered) {
      wake.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
    }
  }
  parts_.cancel->Disarm();
  Say("\n");  // below the terminal's ^C
  if (!answered) ShowError(answered.error(), sql, "");
}

void Session::SetFormat(const std::string& name) {
  if (!name.empty()) {
    const auto format = query::ParseFormat(name);
    if (!format) return ShowError(format.error(), "", "");
    if (*format == query::Format::kParquet) {
      return Say(parts_.screen->red("error:") +
                 " parquet is for files: ticklake sql -o parquet -f report.sql > rows.parquet\n");
    }
    format_ = *format;
    expanded_ = false;
  }
  Say(fmt::format("format is {}\n",
                  query::FormatName(expanded_ ? query::Format::kExpanded : format_)));
}

void Session::Toggle(bool& flag, const std::string& argument, std::string_view what) {
  if (!argument.empty() && argument != "on" && argument != "off") {
    return Say(fmt::format("{} '{}': use on or off\n", parts_.screen->red("error:"), argument));
  }
  flag = argument.empty() ? !flag : argument == "on";
  Say(fmt::format("{} is {}\n", what, flag ? "on" : "off"));
}

}  // namespace ticklake::cli
