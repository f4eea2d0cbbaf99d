#include "cli/feed_sim.h"

#include <cmath>
#include <iostream>
#include <memory>
#include <string>

#include <boost/json.hpp>

#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/sim_feed.h"
#include "cli/terminal.h"

namespace ticklake::cli {
namespace {

struct Options {
  std::string brokers = "127.0.0.1:9092";
  int32_t symbols = 20;
  std::string rate = "1000";
  int64_t count = 0;
  uint64_t seed = 1;
  std::string start;
  int64_t density = 0;
  int32_t partitions = 4;
  std::string compression = "lz4";
  bool json = false;
};

constexpr int64_t kDefaultDensity = 1000;

constexpr char kHelp[] =
    "A seeded order-book market: trades and best bids and asks, as JSON, to the topics trades and "
    "quotes.\n"
    "The same --seed, --start, --symbols and --density give the same topic, key, value, partition "
    "and\n"
    "timestamp of every record, whatever the --rate. Without --start the market runs live, at the "
    "wall\n"
    "clock's pace; the values to repeat it are printed.\n"
    "\nExamples:\n"
    "  ticklake feed sim --brokers localhost:9092 --rate 5000\n"
    "  ticklake feed sim --seed 7 --start 2024-11-22T14:30:00Z --rate max --count 1000000";

// 0 is `max`.
Result<double> ParseRate(const std::string& text) {
  if (text == "max") return 0;
  size_t used = 0;
  double rate = 0;
  try {
    rate = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used == text.size() && std::isfinite(rate) && rate >= 0.001 && rate <= 1e8) return rate;
  return Fail(Code::kInvalid, "--rate {}: must be records per second or max", text);
}

Result<SimFeedOptions> FeedOptionsOf(const Options& o) {
  SimFeedOptions feed;
  feed.client.bootstrap = o.brokers;
  feed.count = o.count;
  feed.partitions = o.partitions;
  feed.compression = o.compression;
  feed.market.symbols = o.symbols;
  feed.market.seed = o.seed;
  TL_ASSIGN(feed.rate, ParseRate(o.rate));
  const bool live = o.start.empty();
  if (live) {
    feed.market.start = SystemClock().Now() / kNanosPerSecond * kNanosPerSecond;
  } else {
    TL_ASSIGN(feed.market.start, ParseUtc(o.start));
  }
  // Live, a second of the market is a second of the wall clock. A market with a given start is
  // one to be repeated: its records must not depend on the pace.
  const bool at_wall_clock = live && feed.rate > 0;
  const auto natural =
      at_wall_clock ? std::max<int64_t>(1, std::llround(feed.rate)) : kDefaultDensity;
  feed.market.density = o.density > 0 ? o.density : natural;
  return feed;
}

std::string RepeatCommand(const SimFeedOptions& feed) {
  return fmt::format("ticklake feed sim --seed {} --start {} --symbols {} --density {}",
                     feed.market.seed, FormatUtc(feed.market.start), feed.market.symbols,
                     feed.market.density);
}

double PerSecond(int64_t records, Nanos span) {
  return span <= 0 ? 0 : static_cast<double>(records) * kNanosPerSecond / static_cast<double>(span);
}

void PrintSummary(const FeedSummary& summary, const SimFeedOptions& feed, bool json) {
  const double rate = PerSecond(summary.acknowledged, summary.elapsed);
  if (json) {
    boost::json::object out;
    for (size_t i = 0; i < summary.published.size(); ++i) {
      out[market::kTopics[i]] = summary.published[i];
    }
    out["acknowledged"] = summary.acknowledged;
    out["failed"] = 0;
    out["records_per_second"] = rate;
    out["repeat"] = RepeatCommand(feed) + fmt::format(" --count {}", summary.total());
    std::cout << boost::json::serialize(out) << "\n";
    return;
  }
  fmt::print("{} records published ({} trades, {} quotes), all acknowledged; {}/s\n",
             Grouped(summary.acknowledged), Grouped(summary.published[0]),
             Grouped(summary.published[1]), Grouped(std::llround(rate)));
  if (summary.total() > 0) fmt::print("market time up to {}\n", FormatUtc(summary.event_time));
}

int Run(const Options& options) {
  Interrupt interrupt;
  const auto feed = FeedOptionsOf(options);
  if (!feed) {
    PrintError(feed.error());
    return kExitUsage;
  }
  fmt::print(stderr, "publishing to {}; to repeat it: {}\n", feed->client.bootstrap,
             RepeatCommand(*feed));
  LiveLines live(2);
  const Nanos start = SystemClock().Monotonic();
  const auto summary = RunSimFeed(*feed, interrupt.Token(), [&](const FeedProgress& p) {
    live.Draw({fmt::format(
        "{} records, {}/s, market time {}", Grouped(p.acknowledged),
        Grouped(std::llround(PerSecond(p.acknowledged, SystemClock().Monotonic() - start))),
        FormatUtc(p.event_time))});
  });
  live.Clear();
  if (!summary) return PrintError(summary.error());
  PrintSummary(*summary, *feed, options.json);
  return interrupt.Requested() && options.count > 0 ? kExitInterrupted : kExitOk;
}

}  // namespace

void AddFeedSimCommand(CLI::App& feed, const Settings& settings, int* exit_status) {
  auto* command =
      feed.add_subcommand("sim", "Publish a simulated market to the topics trades and quotes");
  command->footer(kHelp);
  auto o = std::make_shared<Options>();
  settings.Add(*command, "brokers", o->brokers, "Kafka to publish to, host:port[,…]")
      ->envname("KAFKA_BOOTSTRAP_SERVERS");
  settings.Add(*command, "symbols", o->symbols, "How many symbols are traded")
      ->check(CLI::Range(1, market::SimulatorOptions::kMaxSymbols));
  settings.Add(*command, "rate", o->rate, "Records per second, all symbols together, or max");
  settings.Add(*command, "count", o->count, "Stop after so many records; 0: never")
      ->check(CLI::NonNegativeNumber);
  settings.Add(*command, "seed", o->seed, "Another seed, another market");
  settings.Add(*command, "start", o->start, "Market time at the start, ISO 8601 (default: now)");
  settings
      .Add(*command, "density", o->density,
           "Records per second of market time (default: the rate; 1000 with --start or --rate max)")
      ->check(CLI::Range(int64_t{0}, market::SimulatorOptions::kMaxDensity));
  settings.Add(*command, "partitions", o->partitions, "Partitions of topics that don't exist yet")
      ->check(CLI::Range(1, 1000));
  settings.Add(*command, "compression", o->compression, "Of the batches")
      ->check(CLI::IsMember({"none", "lz4", "zstd", "snappy", "gzip"}));
  command->add_flag("--json", o->json, "A JSON summary on standard output");
  command->callback([o, exit_status] { *exit_status = Run(*o); });
}

}  // namespace ticklake::cli
