#include "cli/verify.h"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "cli/data_dir.h"
#include "cli/exit_status.h"
#include "cli/lake_dir.h"
#include "cli/log_access.h"
#include "cli/terminal.h"
#include "lake/verify/verify.h"

namespace ticklake::cli {
namespace {

struct Options {
  std::string data = DefaultDataDirectory();
  LakePlace place;
  std::string brokers;
  std::string table;
  bool json = false;
};

constexpr char kHelp[] =
    "Checks every table (or one) against the log it came from: for each log, rows + dead letters + "
    "tombstones\n"
    "+ holes must be the range from the log's start to the committed position, and no position may "
    "occur twice.\n"
    "The log is read from --brokers, else from the running `ticklake up`, else from the "
    "directory's own files.\n"
    "\nExample:\n  ticklake verify trades --data ./lake\n"
    "\nExit status: 0 all is right, 6 a gap or a duplicate, 5 a log could not be read.";

boost::json::object ToJson(const lake::LogLedger& log) {
  return {{"topic", log.topic},
          {"partition", log.log.partition},
          {"epoch", log.epoch},
          {"cluster", log.log.cluster_id},
          {"topic_id", log.log.topic_id.ToString()},
          {"checked", log.checkable},
          {"note", log.note},
          {"from", log.from},
          {"to", log.to},
          {"rows", log.rows},
          {"dead_letters", log.dead_letters},
          {"tombstones", log.tombstones},
          {"holes", log.holes},
          {"before_start", log.before_start},
          {"duplicates", log.duplicates},
          {"missing", log.missing},
          {"unexpected", log.unexpected}};
}

void PrintJson(const std::vector<lake::VerifyReport>& reports) {
  boost::json::array all;
  for (const auto& report : reports) {
    boost::json::array logs;
    for (const auto& log : report.logs) logs.push_back(ToJson(log));
    boost::json::array problems;
    for (const auto& problem : report.problems) problems.emplace_back(problem);
    all.push_back(boost::json::object{{"table", report.database + "." + report.table},
                                      {"ok", report.Ok()},
                                      {"complete", report.Complete()},
                                      {"logs", std::move(logs)},
                                      {"problems", std::move(problems)}});
  }
  std::cout << boost::json::serialize(all) << "\n";
}

void PrintText(const lake::VerifyReport& report) {
  fmt::print("{}.{}\n", report.database, report.table);
  fmt::print("  {:<28} {:>5} {:>12} {:>12} {:>12} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "log", "epoch",
             "from", "to", "rows", "dead", "tombst.", "holes", "missing", "twice");
  for (const auto& log : report.logs) {
    fmt::print("  {:<28} {:>5} {:>12} {:>12} {:>12} {:>9} {:>9} {:>9} {:>9} {:>9}\n",
               fmt::format("{}/{}", log.topic, log.log.partition), log.epoch, Grouped(log.from),
               Grouped(log.to), Grouped(log.rows), Grouped(log.dead_letters),
               Grouped(log.tombstones), Grouped(log.holes), Grouped(log.missing),
               Grouped(log.duplicates));
    if (!log.note.empty()) fmt::print("    note: {}\n", log.note);
  }
  for (const auto& problem : report.problems) fmt::print("  PROBLEM: {}\n", problem);
  fmt::print("  {}\n",
             !report.Ok() ? "NOT RIGHT: see the problems above"
             : report.Complete()
                 ? "ok: every position is accounted for, none twice"
                 : "not fully checked: a log could not be read; name its cluster with --brokers");
}

Result<std::vector<std::string>> TablesToCheck(const Options& options, lake::TableStore& tables) {
  if (!options.table.empty()) {
    const bool qualified = options.table.starts_with("market.");
    return std::vector{qualified ? options.table.substr(7) : options.table};
  }
  return lake::TopicTables(tables, "market");
}

Result<int> Verify(const Options& options) {
  FileSystem& fs = PosixFileSystem();
  TL_ASSIGN(const auto directory, OpenForReading(fs, options.data, options.place));
  TL_ASSIGN(const auto lake,
            OpenLakeDir(directory, {.fs = &fs, .clock = &SystemClock(), .place = options.place}));
  TL_ASSIGN(const auto reader, OpenLog(directory, fs, options.brokers));
  TL_ASSIGN(const auto names, TablesToCheck(options, *lake.tables));
  std::vector<lake::VerifyReport> reports;
  for (const auto& name : names) {
    TL_ASSIGN(auto report, lake::Verify({lake.tables.get(), reader.get()}, "market", name));
    reports.push_back(std::move(report));
  }
  if (options.json) {
    PrintJson(reports);
  } else if (reports.empty()) {
    fmt::print("no table has been committed yet in {}: nothing to verify\n", directory.path());
  } else {
    for (const auto& report : reports) PrintText(report);
  }
  int status = kExitOk;
  for (const auto& report : reports) {
    if (!report.Ok()) return kExitCheckFailed;
    if (!report.Complete()) status = kExitUnreachable;
  }
  return status;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, const Settings& settings, int* exit_status) {
  auto* command = app.add_subcommand("verify", "Match log positions to table rows");
  command->footer(kHelp);
  auto options = std::make_shared<Options>();
  command->add_option("table", options->table, "One table (default: all)");
  settings.Add(*command, "data", options->data, "The data directory");
  AddLakeOptions(settings, *command, options->place);
  settings.Add(*command, "brokers", options->brokers, "Kafka that holds the logs, host:port[,…]");
  command->add_flag("--json", options->json, "A JSON array on standard output");
  command->callback([options, exit_status] {
    const auto status = Verify(*options);
    *exit_status = status ? *status : PrintError(status.error());
  });
}

}  // namespace ticklake::cli
