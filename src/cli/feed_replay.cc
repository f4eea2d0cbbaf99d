#include "cli/feed_replay.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <string>

#include <boost/json.hpp>

#include "base/clock.h"
#include "base/fs.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "kafka/client/admin.h"
#include "kafka/client/producer.h"
#include "kafka/partitioner.h"
#include "market/replay/csv_json.h"

namespace ticklake::cli {
namespace {

struct Options {
  std::string file;
  std::string brokers = "127.0.0.1:9092";
  std::string topic;
  std::string key;
  std::string delimiter = ",";
  int32_t partitions = 1;
  std::string compression = "lz4";
  bool json = false;
};

constexpr char kHelp[] =
    "Every line becomes a JSON object under the header's names. A cell that is exactly a JSON "
    "number stays\n"
    "that number, an empty cell is null, anything else (007, NaN, true) is a string. Lines that "
    "can't be\n"
    "right are reported by number, counted and left out. Order is kept within a partition: --key "
    "puts\n"
    "lines of equal key into the same one.\n"
    "\nExamples:\n"
    "  ticklake feed replay prices.csv --topic prices --key symbol\n"
    "  zcat old.csv.gz | ticklake feed replay - --topic old --delimiter ';'";

struct Summary {
  int64_t published = 0;
  int64_t malformed = 0;
};

class Replay {
 public:
  Replay(const Options& options, std::stop_token stop)
      : options_(options), stop_(std::move(stop)) {}

  Result<void> Open() {
    TL_ASSIGN(auto source, market::OpenSource(PosixFileSystem(), options_.file, stop_));
    reader_ = std::make_unique<market::CsvReader>(
        std::move(source), market::CsvOptions{.delimiter = options_.delimiter[0]});
    TL_TRY(ReadHeader());
    const kafka::ClientOptions client{.bootstrap = options_.brokers};
    TL_ASSIGN(const auto admin, kafka::Admin::Open(client));
    TL_ASSIGN(partitions_, admin->EnsureTopic(options_.topic, options_.partitions));
    TL_ASSIGN(producer_,
              kafka::Producer::Open(
                  {.client = client, .compression = options_.compression, .stop = stop_}));
    return {};
  }

  Result<Summary> Run() {
    for (;;) {
      auto more = reader_->Next(record_);
      if (!more) return Fail(more.error().Within(options_.file));
      if (!*more || stop_.stop_requested()) break;
      TL_TRY(PublishOrReport());
      ShowProgress();
    }
    live_.Clear();
    TL_TRY(producer_->Flush(std::chrono::seconds(30)));
    if (producer_->failed() > 0) {
      return Fail(Code::kUnavailable, "topic '{}': {} records were not delivered; the first: {}",
                  options_.topic, producer_->failed(), producer_->first_failure());
    }
    return summary_;
  }

 private:
  Result<void> ReadHeader() {
    auto more = reader_->Next(record_);
    if (!more) return Fail(more.error().Within(options_.file));
    if (!*more) return Fail(Code::kInvalid, "{}: empty; a header line is needed", options_.file);
    auto json = market::CsvJson::Create(record_);
    if (!json) return Fail(json.error().Within(options_.file));
    json_ = std::make_unique<market::CsvJson>(std::move(*json));
    for (const std::string& note : json_->notes()) Say(record_.line, note);
    if (options_.key.empty()) return {};
    key_column_ = json_->Find(options_.key);
    if (key_column_) return {};
    return Fail(Code::kInvalid, "{}: no column '{}' for --key; it has: {}", options_.file,
                options_.key, fmt::join(json_->names(), ", "));
  }

  Result<void> PublishOrReport() {
    const std::string problem = json_->Problem(record_);
    if (!problem.empty()) {
      ++summary_.malformed;
      Say(record_.line, "left out: " + problem);
      return {};
    }
    json_->Write(record_, value_);
    kafka::OutgoingRecord out{.topic = options_.topic, .value = value_};
    if (key_column_ && !record_.cells[*key_column_].text.empty()) {
      out.key = record_.cells[*key_column_].text;
      out.partition = kafka::PartitionForKey(*out.key, partitions_);
    } else {
      out.partition = static_cast<int32_t>(summary_.published % partitions_);
    }
    auto produced = producer_->Produce(out);
    if (!produced && produced.error().code == Code::kCancelled) return {};
    TL_TRY(produced);
    ++summary_.published;
    return {};
  }

  // One line about a place in the file.
  void Say(int64_t line, std::string_view what) {
    live_.Clear();
    fmt::print(stderr, "{}: line {}: {}\n", options_.file, line, what);
  }

  void ShowProgress() {
    if (++since_look_ < 512) return;
    since_look_ = 0;
    const Nanos now = SystemClock().Monotonic();
    if (now < next_draw_) return;
    next_draw_ = now + 100 * kNanosPerMilli;
    const uint64_t done = reader_->source().consumed();
    const uint64_t total = reader_->source().total();
    std::string line = fmt::format("{} records, {}", Grouped(summary_.published), HumanBytes(done));
    if (total > 0)
      line = Bar(static_cast<double>(done) / static_cast<double>(total)) + line + " of " +
             HumanBytes(total);
    live_.Draw({line});
  }

  static std::string Bar(double fraction) {
    constexpr int kWidth = 30;
    const int full = std::clamp(static_cast<int>(std::lround(fraction * kWidth)), 0, kWidth);
    std::string bar = "[";
    for (int i = 0; i < kWidth; ++i) bar += i < full ? "█" : "·";
    return bar + fmt::format("] {:3.0f} %  ", fraction * 100);
  }

  const Options& options_;
  const std::stop_token stop_;
  std::unique_ptr<market::CsvReader> reader_;
  std::unique_ptr<market::CsvJson> json_;
  std::unique_ptr<kafka::Producer> producer_;
  std::optional<size_t> key_column_;
  int32_t partitions_ = 1;
  market::CsvRecord record_;
  std::string value_;
  Summary summary_;
  LiveLines live_{2};
  int since_look_ = 0;
  Nanos next_draw_ = 0;
};

void PrintSummary(const Options& options, const Summary& summary) {
  if (options.json) {
    const boost::json::object out{{"topic", options.topic},
                                  {"published", summary.published},
                                  {"malformed", summary.malformed}};
    std::cout << boost::json::serialize(out) << "\n";
    return;
  }
  fmt::print("{} records published, {} malformed\n", Grouped(summary.published),
             Grouped(summary.malformed));
}

int Run(const Options& options) {
  Interrupt interrupt;
  Replay replay(options, interrupt.Token());
  if (const auto opened = replay.Open(); !opened) return PrintError(opened.error());
  const auto summary = replay.Run();
  if (!summary) return PrintError(summary.error());
  PrintSummary(options, *summary);
  if (interrupt.Requested()) return kExitInterrupted;
  return summary->published == 0 && summary->malformed > 0 ? kExitError : kExitOk;
}

}  // namespace

void AddFeedReplayCommand(CLI::App& feed, const Settings& settings, int* exit_status) {
  auto* command = feed.add_subcommand("replay", "Publish a CSV file, each line as a JSON object");
  command->footer(kHelp);
  auto o = std::make_shared<Options>();
  command->add_option("file", o->file, "CSV with a header; .gz is unpacked; - is standard input")
      ->required();
  settings.Add(*command, "brokers", o->brokers, "Kafka to publish to, host:port[,…]")
      ->envname("KAFKA_BOOTSTRAP_SERVERS");
  settings.Add(*command, "topic", o->topic, "Topic to publish to, made if missing")->required();
  settings.Add(*command, "key", o->key, "Column whose cell is the record's key (default: no key)");
  settings.Add(*command, "delimiter", o->delimiter, "One character between cells")
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
