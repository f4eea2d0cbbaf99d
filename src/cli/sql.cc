#include "cli/sql.h"

#include <unistd.h>

#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "cli/data_dir.h"
#include "cli/exit_status.h"
#include "cli/lake_dir.h"
#include "cli/log_access.h"
#include "cli/query_text.h"
#include "cli/terminal.h"
#include "lake/sink/sink.h"
#include "net/address.h"
#include "query/engine.h"
#include "query/remote.h"

namespace ticklake::cli {
namespace {

struct Options {
  std::string data = DefaultDataDirectory();
  std::string output = "table";
  std::string sql;
};

constexpr char kHelp[] =
    "Answers one SELECT (or SHOW TABLES, SHOW DATABASES, DESCRIBE t) over every table, the records "
    "that are not\n"
    "committed yet included. With `ticklake up` running on --data it asks that process; else it "
    "opens the\n"
    "directory by itself: the answer is the same. The statement may also come from standard "
    "input.\n"
    "\nExamples:\n"
    "  ticklake sql --data ./lake \"SELECT symbol, count(*) FROM trades GROUP BY symbol\"\n"
    "  ticklake sql --data ./lake -o csv < report.sql > report.csv";

Result<std::string> Statement(const Options& options) {
  if (!options.sql.empty() && options.sql != "-") return options.sql;
  if (IsTerminal(0)) {
    return Fail(Code::kInvalid,
                "no SQL given: name a statement, as in ticklake sql \"SHOW TABLES\", or send it to "
                "standard input");
  }
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

query::SqlResult<void> AskProcess(const RunningProcess& process, const std::string& sql,
                                  const query::WriterOptions& output) {
  TL_ASSIGN(const auto server, net::ParseHostPort(process.http));
  FdSink out(1);
  return query::RunRemote({server, sql, output}, out);
}

/// Opens the directory as the running process would, without committing anything.
query::SqlResult<void> AskDirectory(const DataDirectory& directory, const std::string& sql,
                                    const query::WriterOptions& output) {
  FileSystem& fs = PosixFileSystem();
  TL_ASSIGN(const auto lake, OpenLakeDir(directory, fs, SystemClock()));
  TL_ASSIGN(const auto reader, OpenOwnSegments(directory, fs));
  lake::SinkOptions sink_options;
  sink_options.commit = false;
  TL_ASSIGN(const auto source,
            lake::Sink::Make({lake.tables.get(), reader.get(), &SystemClock()}, sink_options));
  TL_TRY(source->Start());
  query::Engine engine(*source, {.lake_root = directory.LakePath(),
                                 .temp_dir = JoinPath(directory.path(), "tmp"),
                                 .patience = std::chrono::minutes(10)});
  FdSink out(1);
  const auto writer = query::MakeWriter(output, out);
  TL_ASSIGN(const auto stats, engine.Run(sql, *writer));
  for (const auto& note : stats.notes) fmt::print(stderr, "note: {}\n", note);
  return {};
}

/// A process that is starting or ending holds the directory for a moment without answering.
query::SqlResult<void> Ask(const DataDirectory& directory, const std::string& sql,
                           const query::WriterOptions& output) {
  const Nanos give_up = SystemClock().Monotonic() + 10 * kNanosPerSecond;
  while (true) {
    const auto running = directory.FindRunning();
    auto answer =
        running ? AskProcess(*running, sql, output) : AskDirectory(directory, sql, output);
    const bool changing = !answer && (answer.error().code == Code::kUnavailable ||
                                      answer.error().code == Code::kConflict);
    if (!changing || SystemClock().Monotonic() > give_up) return answer;
    SystemClock().SleepFor(std::chrono::milliseconds(100));
  }
}

Result<int> RunSql(const Options& options) {
  TL_ASSIGN(const auto sql, Statement(options));
  TL_ASSIGN(const auto format, query::ParseFormat(options.output));
  TL_ASSIGN(const auto directory, DataDirectory::OpenExisting(PosixFileSystem(), options.data));
  query::WriterOptions output{.format = format};
  if (IsTerminal(1)) output.max_width = static_cast<size_t>(TerminalWidth(1));
  const auto answer = Ask(directory, sql, output);
  if (answer) return kExitOk;
  PrintError(answer.error().ToError());
  fmt::print(stderr, "{}", query::Caret(sql, answer.error()));
  const bool about_sql =
      answer.error().code != Code::kUnavailable && answer.error().code != Code::kTimeout;
  return about_sql ? kExitError : kExitUnreachable;
}

}  // namespace

void AddSqlCommand(CLI::App& app, const Settings& settings, int* exit_status) {
  auto* command =
      app.add_subcommand("sql", "A SELECT over all tables, the uncommitted tail included");
  command->footer(kHelp);
  auto options = std::make_shared<Options>();
  command->add_option("sql", options->sql, "The statement; without one, or with -, standard input");
  settings.Add(*command, "data", options->data, "The data directory");
  command->add_option("-o,--output", options->output, "table, csv, json or jsonl")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "csv", "json", "jsonl"}));
  command->callback([options, exit_status] {
    const auto status = RunSql(*options);
    *exit_status = status ? *status : PrintError(status.error());
  });
}

}  // namespace ticklake::cli
