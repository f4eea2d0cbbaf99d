#include "cli/sql.h"

#include <unistd.h>

#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "cli/exit_status.h"
#include "cli/lake_asker.h"
#include "cli/prompt/line_editor.h"
#include "cli/prompt/script.h"
#include "cli/prompt/session.h"
#include "cli/prompt/statement_splitter.h"
#include "cli/query_text.h"
#include "cli/terminal.h"

namespace ticklake::cli {
namespace {

struct Options {
  std::string data = DefaultDataDirectory();
  LakePlace place;
  std::string output = "table";
  std::string file;
  std::string sql;
};

/// SQL text, and what errors call it.
struct Script {
  std::string text;
  std::string name;  ///< "" when it needs none
};

constexpr char kHelp[] =
    "Answers SELECT (and SHOW TABLES, SHOW DATABASES, DESCRIBE t) over every table, the records "
    "that are not\n"
    "committed yet included. With `ticklake up` running on --data it asks that process; else it "
    "opens the\n"
    "directory by itself: the answer is the same. On a terminal without a statement it opens a "
    "prompt.\n"
    "Several statements, separated by semicolons, run one after the other until one fails.\n"
    "\nExamples:\n"
    "  ticklake sql --data ./lake\n"
    "  ticklake sql --data ./lake \"SELECT symbol, count(*) FROM trades GROUP BY symbol\"\n"
    "  ticklake sql --data ./lake -o csv -f report.sql > report.csv";

Result<Script> ReadScript(const Options& options) {
  if (!options.file.empty() && options.file != "-") {
    TL_ASSIGN(auto text, PosixFileSystem().ReadFile(options.file));
    return Script{std::move(text), options.file};
  }
  const bool given = !options.sql.empty() && options.sql != "-";
  if (options.file.empty() && given) return Script{options.sql, ""};
  if (IsTerminal(0)) {
    return Fail(Code::kInvalid,
                "no SQL given: name a statement, as in ticklake sql \"SHOW TABLES\", or send it to "
                "standard input");
  }
  return Script{std::string(std::istreambuf_iterator<char>(std::cin), {}), ""};
}

query::SqlResult<void> AskOne(Asker& asker, std::string_view sql,
                              const query::WriterOptions& output) {
  FdSink out(1);
  TL_ASSIGN(const auto stats,
            asker.Ask({.sql = std::string(sql), .output = output, .cancel = {}}, out));
  for (const auto& note : stats.notes) fmt::print(stderr, "note: {}\n", note);
  return {};
}

Result<int> RunStatements(Asker& asker, const Options& options, query::Format format) {
  TL_ASSIGN(const Script script, ReadScript(options));
  query::WriterOptions output{.format = format};
  if (IsTerminal(1)) output.max_width = static_cast<size_t>(TerminalWidth(1));
  if (format == query::Format::kParquet && SplitStatements(script.text).All().size() > 1) {
    return Fail(Code::kInvalid, "-o parquet: a file holds one result; give one statement");
  }
  const auto done = RunScript(
      script.text, [&](std::string_view statement) { return AskOne(asker, statement, output); });
  if (done) return kExitOk;
  const Error error = done.error().ToError();
  PrintError(script.name.empty() ? error : error.Within(script.name));
  fmt::print(stderr, "{}", query::Caret(script.text, done.error()));
  const bool about_sql = error.code != Code::kUnavailable && error.code != Code::kTimeout;
  return about_sql ? kExitError : kExitUnreachable;
}

Screen TerminalScreen() {
  return {.print =
              [](std::string_view text) {
                FdSink out(1);
                (void)out.Write(text);  // a closed terminal is nobody's error
              },
          .dim = [](std::string_view text) { return Dim(text, 1); },
          .red = [](std::string_view text) { return Red(text, 1); },
          .width = [] { return static_cast<size_t>(TerminalWidth(1)); }};
}

Result<int> RunPrompt(Asker& asker, const std::string& directory, query::Format format) {
  CancelKey cancel;  // first: the threads of all others leave Ctrl-C to it
  const Screen screen = TerminalScreen();
  History history(PosixFileSystem(), DefaultHistoryPath());
  Session session({&asker, &history, &cancel, &screen}, format);
  TL_ASSIGN(const auto editor,
            LineEditor::Open(
                {.color = UseColor(1),
                 .history = history.entries(),
                 .complete = [&session](std::string_view line,
                                        size_t cursor) { return session.Complete(line, cursor); },
                 .width = screen.width}));
  session.Run(*editor, fmt::format("Ticklake on {}", directory));
  return kExitOk;
}

Result<int> RunSql(const Options& options) {
  TL_ASSIGN(const auto format, query::ParseFormat(options.output));
  if (format == query::Format::kParquet && IsTerminal(1)) {
    return Fail(Code::kInvalid,
                "-o parquet: bytes are nothing for a terminal; send standard output to a file: "
                "ticklake sql -o parquet \"SELECT …\" > rows.parquet");
  }
  TL_ASSIGN(auto directory, OpenForReading(PosixFileSystem(), options.data, options.place));
  const std::string path = directory.path();
  LakeAsker asker(std::move(directory), options.place);
  const bool prompt = options.sql.empty() && options.file.empty() && IsTerminal(0) && IsTerminal(1);
  return prompt ? RunPrompt(asker, path, format) : RunStatements(asker, options, format);
}

}  // namespace

void AddSqlCommand(CLI::App& app, const Settings& settings, int* exit_status) {
  auto* command = app.add_subcommand(
      "sql", "SELECT over all tables, the uncommitted tail included; a prompt on a terminal");
  command->footer(kHelp);
  auto options = std::make_shared<Options>();
  auto* statement = command->add_option(
      "sql", options->sql, "The statements; without any, a prompt; with -, standard input");
  settings.Add(*command, "data", options->data, "The data directory");
  AddLakeOptions(settings, *command, options->place);
  command->add_option("-f,--file", options->file, "Read the statements from a file")
      ->excludes(statement);
  const std::vector<std::string> formats(query::kFormatNames.begin(), query::kFormatNames.end());
  command->add_option("-o,--output", options->output, "How rows are written")
      ->capture_default_str()
      ->check(CLI::IsMember(formats));
  command->callback([options, exit_status] {
    const auto status = RunSql(*options);
    *exit_status = status ? *status : PrintError(status.error());
  });
}

}  // namespace ticklake::cli
