#include "cli/feed_replay.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <memory>
#include <string>

#include <boost/json.hpp>

#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/replay_feed.h"
#include "cli/terminal.h"

namespace ticklake::cli {
namespace {

struct Options {
  std::string file;
  std::string brokers = "127.0.0.1:9092";
  std::string topic;
  std::string key;
  std::string time;
  std::string time_format = "auto";
  std::string speed = "max";
  std::string from;
  std::string to;
  std::string format = "auto";
  std::string delimiter = ",";
  int32_t partitions = 1;
  std::string compression = "lz4";
  bool json = false;
};

constexpr char kHelp[] =
    "CSV: every line becomes a JSON object under the header's names; a cell that is exactly a "
    "JSON\n"
    "number stays that number, an empty cell is null, anything else (007, NaN, true) is a string.\n"
    "JSON lines: every line that is a JSON object is published byte for byte. Which of them a "
    "file\n"
    "is, and whether it is packed with gzip or zstd, its content tells. Lines that can't be right\n"
    "are reported by number, counted and left out. Order is kept within a partition: --key puts\n"
    "lines of equal key into the same one.\n"
    "\n"
    "--time names the event time: ISO 8601, or a number of s, ms, us or ns since 1970. It becomes\n"
    "the records' timestamp; --speed, --from and --to go by it.\n"
    "\nExamples:\n"
    "  ticklake feed replay prices.csv --topic prices --key symbol\n"
    "  ticklake feed replay prices.csv.gz --topic prices --time date --from 2012-06-01 --to "
    "2012-07-01\n"
    "  ticklake feed replay trades.jsonl.zst --topic trades_raw --time ts --speed 10x\n"
    "  curl -s https://example.com/old.csv | ticklake feed replay - --topic old --delimiter ';'";

// 0 is `max`.
Result<double> ParseSpeed(std::string_view text) {
  if (text == "max") return 0;
  const char* const end = text.data() + text.size();
  double speed = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, speed);
  const std::string_view unit(stop, static_cast<size_t>(end - stop));
  if (error == std::errc() && (unit == "x" || unit.empty()) && speed >= 1e-6 && speed <= 1e12) {
    return speed;
  }
  return Fail(Code::kInvalid, "--speed {}: must be a factor such as 10x or 0.5x, or max", text);
}

Result<std::optional<Nanos>> ParseLimit(std::string_view option, const std::string& text,
                                        std::optional<market::TimeFormat> numbers) {
  if (text.empty()) return std::nullopt;
  auto time = market::ParseTime(text, market::TimeFormat::kIso);
  if (!time && numbers) {
    time = market::ParseTime(text, *numbers);
  } else if (!time) {
    const auto format = market::RecogniseTime(text);
    if (!format) return Fail(format.error().Within(option));
    if (*format) time = market::ParseTime(text, **format);
  }
  if (!time) return Fail(time.error().Within(option));
  return *time;
}

std::optional<market::FileFormat> FormatNamed(const std::string& name) {
  if (name == "csv") return market::FileFormat::kCsv;
  if (name == "jsonl") return market::FileFormat::kJsonLines;
  if (name == "timed-jsonl") return market::FileFormat::kTimedJsonLines;
  return std::nullopt;
}

Result<ReplayOptions> ReplayOptionsOf(const Options& o) {
  ReplayOptions replay;
  replay.client.bootstrap = o.brokers;
  replay.file = o.file;
  replay.topic = o.topic;
  replay.records.format = FormatNamed(o.format);
  replay.records.delimiter = o.delimiter[0];
  replay.records.key = o.key;
  replay.records.time = o.time;
  replay.time_format = market::TimeFormatNamed(o.time_format);
  TL_ASSIGN(replay.speed, ParseSpeed(o.speed));
  TL_ASSIGN(replay.from, ParseLimit("--from", o.from, replay.time_format));
  TL_ASSIGN(replay.to, ParseLimit("--to", o.to, replay.time_format));
  if (replay.from && replay.to && *replay.from >= *replay.to) {
    return Fail(Code::kInvalid, "--from {} is not before --to {}: nothing lies between them",
                o.from, o.to);
  }
  replay.partitions = o.partitions;
  replay.compression = o.compression;
  return replay;
}

std::string Bar(double fraction) {
  constexpr int kWidth = 30;
  const int full = std::clamp(static_cast<int>(std::lround(fraction * kWidth)), 0, kWidth);
  std::string bar = "[";
  for (int i = 0; i < kWidth; ++i) bar += i < full ? "█" : "·";
  return bar + fmt::format("] {:3.0f} %  ", fraction * 100);
}

std::string ProgressLine(const ReplayProgress& p) {
  std::string line =
      fmt::format("{} records, {}", Grouped(p.summary.published), HumanBytes(p.bytes));
  if (p.total_bytes > 0) {
    line = Bar(static_cast<double>(p.bytes) / static_cast<double>(p.total_bytes)) + line + " of " +
           HumanBytes(p.total_bytes);
  }
  if (p.summary.last_time) line += ", at " + FormatUtc(*p.summary.last_time);
  if (p.waiting > kNanosPerSecond) {
    line += fmt::format(", next in {} s", Grouped(p.waiting / kNanosPerSecond));
  }
  return line;
}

int64_t PerSecond(const ReplaySummary& summary) {
  if (summary.elapsed <= 0) return 0;
  return std::llround(static_cast<double>(summary.published) * kNanosPerSecond /
                      static_cast<double>(summary.elapsed));
}

void PrintJson(const Options& options, const ReplaySummary& summary) {
  boost::json::object out{
      {"topic", options.topic}, {"published", summary.published}, {"malformed", summary.malformed}};
  out["outside"] = summary.outside;
  out["out_of_order"] = summary.disordered;
  out["last_line"] = summary.last_line;
  if (summary.last_time) out["last_time"] = FormatUtc(*summary.last_time);
  out["records_per_second"] = PerSecond(summary);
  std::cout << boost::json::serialize(out) << "\n";
}

std::string Records(int64_t count) {
  return fmt::format("{} record{}", Grouped(count), count == 1 ? "" : "s");
}

void PrintSummary(const ReplaySummary& summary) {
  std::string line = fmt::format("{} published, {} malformed", Records(summary.published),
                                 Grouped(summary.malformed));
  if (summary.outside > 0) {
    line += fmt::format(", {} outside --from and --to", Grouped(summary.outside));
  }
  // Of a shorter time most is the start's.
  if (summary.elapsed > 2 * kNanosPerSecond)
    line += fmt::format("; {}/s", Grouped(PerSecond(summary)));
  fmt::print("{}\n", line);
}

// What a person should know besides.
void PrintNotes(const Options& options, const ReplaySummary& summary, bool stopped) {
  if (summary.keyless > 0) {
    fmt::print(stderr, "{} without '{}': published without a key\n", Records(summary.keyless),
               options.key);
  }
  if (summary.disordered > 0) {
    fmt::print(stderr, "{} earlier than one before{}\n", Records(summary.disordered),
               options.speed == "max" ? "" : ": published at once");
  }
  if (!stopped) return;
  fmt::print(stderr, "stopped: the last record published is line {}{}\n",
             Grouped(summary.last_line),
             summary.last_time ? ", of " + FormatUtc(*summary.last_time) : "");
}

int Run(const Options& options) {
  Interrupt interrupt;
  const auto replay = ReplayOptionsOf(options);
  if (!replay) {
    PrintError(replay.error());
    return kExitUsage;
  }
  LiveLines live(2);
  ReplayListener listener;
  listener.say = [&](std::string_view line) {
    live.Clear();
    fmt::print(stderr, "{}\n", line);
  };
  listener.progress = [&](const ReplayProgress& p) { live.Draw({ProgressLine(p)}); };
  ReplaySummary summary;
  const auto done = RunReplay(*replay, interrupt.Token(), listener, summary);
  live.Clear();
  if (done || summary.published > 0) {
    if (options.json) {
      PrintJson(options, summary);
    } else {
      PrintSummary(summary);
    }
    PrintNotes(options, summary, interrupt.Requested());
  }
  if (!done) return PrintError(done.error());
  if (interrupt.Requested()) return kExitInterrupted;
  return summary.published == 0 && summary.malformed > 0 ? kExitError : kExitOk;
}

}  // namespace

void AddFeedReplayCommand(CLI::App& feed, const Settings& settings, int* exit_status) {
  auto* command = feed.add_subcommand("replay", "Publish a file of CSV or JSON lines");
  command->footer(kHelp);
  auto o = std::make_shared<Options>();
  command
      ->add_option("file", o->file,
                   "CSV with a header, or JSON lines; gzip and zstd are unpacked; - is standard "
                   "input")
      ->required();
  settings.Add(*command, "brokers", o->brokers, "Kafka to publish to, host:port[,…]")
      ->envname("KAFKA_BOOTSTRAP_SERVERS");
  settings.Add(*command, "topic", o->topic, "Topic to publish to, made if missing")->required();
  settings.Add(*command, "key", o->key,
               "Column, or top-level field, that is the record's key (default: no key)");
  settings.Add(*command, "time", o->time, "Column, or top-level field, of the event time");
  settings
      .Add(*command, "time-format", o->time_format,
           "How the time is written; auto: the first time tells, or is refused as ambiguous")
      ->check(CLI::IsMember({"auto", "iso", "s", "ms", "us", "ns"}));
  settings.Add(*command, "speed", o->speed,
               "At Nx the pace of --time, such as 1x or 60x, or max: as fast as possible");
  settings.Add(*command, "from", o->from, "Only records of this --time or later");
  settings.Add(*command, "to", o->to, "Only records before this --time");
  settings
      .Add(*command, "format", o->format,
           "Of the file; timed-jsonl: a number, the time, before each object")
      ->check(CLI::IsMember({"auto", "csv", "jsonl", "timed-jsonl"}));
  settings.Add(*command, "delimiter", o->delimiter, "One character between cells of CSV")
      ->check([](const std::string& text) {
        const bool fits = text.size() == 1 && text != "\"" && text != "\n" && text != "\r";
        return fits ? std::string() : std::string("must be one character, no quote or line end");
      });
  settings
      .Add(*command, "partitions", o->partitions, "Partitions of a topic that doesn't exist yet")
      ->check(CLI::Range(1, 1000));
  settings.Add(*command, "compression", o->compression, "Of the batches")
      ->check(CLI::IsMember({"none", "lz4", "zstd", "snappy", "gzip"}));
  command->add_flag("--json", o->json, "A JSON summary on standard output");
  command->callback([o, exit_status] { *exit_status = Run(*o); });
}

}  // namespace ticklake::cli
