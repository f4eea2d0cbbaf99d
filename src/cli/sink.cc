#include "cli/sink.h"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "base/metrics.h"
#include "cli/data_dir.h"
#include "cli/exit_status.h"
#include "cli/failpoint_io.h"
#include "cli/group_reporter.h"
#include "cli/interrupt.h"
#include "cli/lake_dir.h"
#include "cli/log_access.h"
#include "cli/sink_settings.h"
#include "cli/sink_view.h"
#include "cli/terminal.h"
#include "lake/maintenance/maintainer.h"
#include "lake/sink/sink.h"

namespace ticklake::cli {
namespace {

struct Options {
  std::string brokers = "127.0.0.1:9092";
  std::string topics = "*";
  std::string data = DefaultDataDirectory();
  LakePlace place;
  SinkSettings sink;
  std::string on_gap = "stop";
  bool until_end = false;
  bool json = false;
};

constexpr char kHelp[] =
    "Reads topics from any Kafka and commits them to Iceberg tables, exactly once: the positions "
    "stand in the\n"
    "tables themselves. Several sinks on one host may share --data, and on any number of hosts a "
    "lake on S3\n"
    "with Glue; each record is committed by one of them.\n"
    "\nExamples:\n"
    "  ticklake sink --brokers localhost:9092 --topics 'trades,quotes' --data ./lake --until-end\n"
    "  ticklake sink --brokers kafka:9092 --data ./s3 --lake s3://my-bucket/lake/ --catalog glue";

std::string Progress(const lake::Sink& sink) {
  int64_t rows = 0;
  int64_t tail = 0;
  int64_t lag = 0;
  for (const auto& table : sink.Status()) {
    rows += table.committed_rows;
    tail += table.tail_rows;
    lag += table.lag;
  }
  return fmt::format("{} rows committed, {} in the tail, {} records behind", Grouped(rows),
                     Grouped(tail), Grouped(lag));
}

/// drained: how long --until-end took from the start of reading to the last commit.
void PrintSummary(const Options& options, const lake::Sink& sink, const Metrics& metrics,
                  Nanos drained) {
  if (options.json) {
    boost::json::object summary = SinkStatusJson(sink.Status(), metrics);
    if (drained > 0) summary["drain_seconds"] = static_cast<double>(drained) / kNanosPerSecond;
    std::cout << boost::json::serialize(summary) << "\n";
    return;
  }
  for (const auto& table : sink.Status()) {
    fmt::print("{}.{}: {} rows in {} commits, {} dead letters\n", table.database, table.table,
               Grouped(table.committed_rows), table.commits, Grouped(table.committed_dead));
  }
}

/// Draws progress until `done` or the interrupt.
void Watch(const lake::Sink& sink, const Interrupt& interrupt, const std::stop_token& done) {
  LiveLines live(2);
  while (!done.stop_requested() && !interrupt.WaitFor(std::chrono::milliseconds(200), done)) {
    live.Draw({Progress(sink)});
  }
}

Result<int> Drain(lake::Sink& sink, Interrupt& interrupt) {
  std::jthread watcher([&](const std::stop_token& done) { Watch(sink, interrupt, done); });
  const std::stop_callback on_signal(interrupt.Token(), [&sink] { (void)sink.Stop(); });
  auto drained = sink.DrainToEnd();
  if (interrupt.Requested()) return kExitInterrupted;
  if (!drained) return Fail(std::move(drained).error());
  return kExitOk;
}

/// nullptr when nothing is to be reported, or there is no cluster to report to.
std::unique_ptr<GroupReporter> MakeReporter(const Options& options,
                                            const DataDirectory& directory) {
  std::string brokers = options.brokers;
  if (const auto running = directory.FindRunning(); brokers.empty() && running) {
    brokers = running->kafka;
  }
  if (brokers.empty() || options.sink.group == kNoGroup) return nullptr;
  return std::make_unique<GroupReporter>(options.sink.group,
                                         CommitThroughAdmin({.bootstrap = brokers}));
}

Result<lake::SinkOptions> SinkOptionsOf(const Options& options, Metrics* metrics) {
  lake::SinkOptions sink;
  sink.topics = options.topics;
  sink.flush_interval = options.sink.FlushInterval();
  sink.memory_budget = options.sink.MemoryBudget();
  sink.on_gap = options.on_gap == "record" ? lake::OnGap::kRecord : lake::OnGap::kStop;
  sink.metrics = metrics;
  return sink;
}

Result<int> RunSink(const Options& options) {
  Interrupt interrupt;
  TL_ASSIGN(const IoParts io, IoParts::FromEnvironment());
  FileSystem& fs = io.fs();
  Metrics metrics;
  TL_ASSIGN(const auto directory, DataDirectory::Open(fs, options.data));
  TL_ASSIGN(const auto lake, OpenLakeDir(directory, {.fs = &fs,
                                                     .clock = &SystemClock(),
                                                     .place = options.place,
                                                     .failpoints = io.failpoints.get()}));
  TL_ASSIGN(const auto reader, OpenLog(directory, fs, options.brokers, interrupt.Token()));
  TL_ASSIGN(auto sink_options, SinkOptionsOf(options, &metrics));
  const auto group = MakeReporter(options, directory);
  if (group != nullptr) {
    sink_options.on_committed = [&group](const auto& offsets) { group->Report(offsets); };
  }
  TL_ASSIGN(const auto sink,
            lake::Sink::Make({lake.tables.get(), reader.get(), &SystemClock()}, sink_options));
  const Nanos began = SystemClock().Monotonic();
  TL_TRY(sink->Start());
  lake::Maintainer maintainer(*lake.tables, SystemClock(),
                              {.interval = options.sink.MergeInterval(),
                               .max_bytes = options.sink.MergeMemory(),
                               .metrics = &metrics});
  int status = kExitOk;
  Nanos drained = 0;
  if (options.until_end) {
    TL_ASSIGN(status, Drain(*sink, interrupt));
    drained = SystemClock().Monotonic() - began;
  } else {
    maintainer.Start();
    Watch(*sink, interrupt, std::stop_token());
    maintainer.Stop();
  }
  TL_TRY(sink->Stop());
  if (group != nullptr) group->Stop();
  PrintSummary(options, *sink, metrics, drained);
  return status;
}

}  // namespace

void AddSinkCommand(CLI::App& app, const Settings& settings, int* exit_status) {
  auto* command = app.add_subcommand("sink", "Kafka to lake, as one of N workers");
  command->footer(kHelp);
  auto options = std::make_shared<Options>();
  settings.Add(*command, "brokers", options->brokers, "Kafka to read from, host:port[,…]")
      ->envname("KAFKA_BOOTSTRAP_SERVERS");
  settings.Add(*command, "topics", options->topics, "Topics to read: globs, separated by commas");
  settings.Add(*command, "data", options->data, "The data directory that holds the lake");
  AddLakeOptions(settings, *command, options->place);
  AddSinkSettings(settings, *command, options->sink);
  settings
      .Add(*command, "on-gap", options->on_gap,
           "When retention took records before they were read: stop, or record the hole and go on")
      ->check(CLI::IsMember({"stop", "record"}));
  command->add_flag("--until-end", options->until_end,
                    "Stop once everything there is now is committed");
  command->add_flag("--json", options->json, "A JSON summary on standard output");
  command->callback([options, exit_status] {
    const auto status = RunSink(*options);
    *exit_status = status ? *status : PrintError(status.error());
  });
}

}  // namespace ticklake::cli
