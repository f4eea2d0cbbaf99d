#include "cli/demo.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "cli/exit_status.h"
#include "cli/instance.h"
#include "cli/interrupt.h"
#include "cli/query_text.h"
#include "cli/sim_feed.h"
#include "cli/terminal.h"

namespace ticklake::cli {
namespace {

struct Options {
  double seconds = 0;
  double rate = 2000;
  int32_t symbols = 20;
  uint64_t seed = 1;
};

constexpr char kHelp[] =
    "One process: an embedded Kafka broker, a simulated market that publishes to it, a sink that "
    "commits\n"
    "Iceberg tables, and SQL over them while the ticks arrive. All of it in a temporary directory "
    "that is\n"
    "named, and kept for you to look at. Ctrl-C ends it.\n"
    "\nExample:\n  ticklake demo --seconds 30 --rate 20000";

constexpr char kSelect[] =
    "SELECT symbol,\n"
    "       first(price ORDER BY ts_event_ns) AS open, max(price) AS high,\n"
    "       min(price) AS low, last(price ORDER BY ts_event_ns) AS close,\n"
    "       sum(size)::BIGINT AS volume, round(sum(price * size) / sum(size), 4) AS vwap,\n"
    "       count(*) AS trades\n"
    "FROM trades GROUP BY symbol ORDER BY volume DESC LIMIT 12";

/// Rows that tell how far behind the market a query is, in milliseconds.
constexpr char kNewest[] = "SELECT max(ts_event_ns) AS newest FROM trades";

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// What the live view shows of one moment.
struct Moment {
  double seconds = 0;
  int64_t published = 0;
  double rate = 0;
  int64_t committed = 0;
  int64_t tail = 0;
  int64_t lag = 0;
  double fresh_ms = -1;
};

class Demo {
 public:
  Demo(const Options& options, Instance& instance, const Interrupt& interrupt)
      : options_(options),
        instance_(instance),
        interrupt_(interrupt),
        began_(SystemClock().Monotonic()) {}

  Result<int> Run() {
    PrintStart();
    std::jthread feed([this](const std::stop_token& stop) { Feed(stop); });
    const auto status = Watch();
    feed.request_stop();
    feed.join();
    TL_TRY(status);
    if (feed_failure_) return Fail(*feed_failure_);
    const Moment last = Look();
    TL_TRY(instance_.Stop());
    PrintEnd(last);
    return kExitOk;
  }

 private:
  double Elapsed() const {
    return static_cast<double>(SystemClock().Monotonic() - began_) / kNanosPerSecond;
  }

  void Feed(const std::stop_token& stop) {
    SimFeedOptions feed;
    feed.client.bootstrap = instance_.kafka_address();
    feed.rate = options_.rate;
    feed.market.density = static_cast<int64_t>(options_.rate);
    feed.market.symbols = options_.symbols;
    feed.market.seed = options_.seed;
    auto done =
        RunSimFeed(feed, stop, [this](const FeedProgress& p) { published_ = p.acknowledged; });
    if (done)
      published_ = done->acknowledged;
    else
      feed_failure_ = std::move(done).error();
    feed_ended_ = true;
  }

  Moment Look() {
    Moment now{.seconds = Elapsed(), .published = published_};
    for (const auto& table : instance_.Tables()) {
      now.committed += table.committed_rows;
      now.tail += table.tail_rows;
      now.lag += table.lag;
    }
    const double span = now.seconds - before_.seconds;
    now.rate = span > 0 ? static_cast<double>(now.published - before_.published) / span : 0;
    now.fresh_ms = fresh_ms_;
    return now;
  }

  /// Asks SQL for the newest event and compares it with the clock.
  void MeasureFreshness() {
    const auto text = QueryText(instance_.engine(), kNewest, query::Format::kCsv, 0);
    if (!text) return;
    const auto lines = Lines(*text);
    if (lines.size() < 2 || lines[1].empty()) return;
    const int64_t newest = std::strtoll(lines[1].c_str(), nullptr, 10);
    fresh_ms_ = static_cast<double>(SystemClock().Now() - newest) / kNanosPerMilli;
  }

  static std::string StatusLine(const Moment& m) {
    return fmt::format(
        "{:>5.1f} s   {:>9} events/s   {:>11} published   {:>11} rows committed   {:>9} in the "
        "tail   "
        "lag {:>6}   freshness {}",
        m.seconds, Grouped(static_cast<int64_t>(m.rate)), Grouped(m.published),
        Grouped(m.committed), Grouped(m.tail), Grouped(m.lag),
        m.fresh_ms < 0 ? "-" : fmt::format("{:.0f} ms", m.fresh_ms));
  }

  /// The live view, until time is up, a signal, or the end of the feed.
  Result<void> Watch() {
    LiveLines live(1);
    std::vector<std::string> table;
    int ticks = 0;
    while (!interrupt_.WaitFor(std::chrono::milliseconds(250)) && !feed_ended_) {
      if (options_.seconds > 0 && Elapsed() >= options_.seconds) break;
      ++ticks;
      if (ticks % 4 == 0) MeasureFreshness();
      if (ticks == 8 || (IsTerminal(1) && ticks > 8 && ticks % 8 == 0)) TL_TRY(Select(table));
      if (ticks % 4 == 0) Show(live, table);
    }
    return {};
  }

  Result<void> Select(std::vector<std::string>& table) {
    const int width = TerminalWidth(1);
    auto text =
        QueryText(instance_.engine(), kSelect, query::Format::kTable, static_cast<size_t>(width));
    if (!text) return Fail(std::move(text).error());
    table = Lines(*text);
    if (!IsTerminal(1)) fmt::print("\nticklake> {}\n\n{}\n", kSelect, *text);
    std::fflush(stdout);
    return {};
  }

  void Show(LiveLines& live, const std::vector<std::string>& table) {
    const Moment now = Look();
    before_ = now;
    if (!IsTerminal(1)) {
      fmt::print("{}\n", StatusLine(now));
      std::fflush(stdout);
      return;
    }
    std::vector<std::string> lines = {Bold(StatusLine(now), 1), ""};
    if (!table.empty()) {
      for (const auto& line : Lines(fmt::format("ticklake> {}", kSelect)))
        lines.push_back(Dim(line, 1));
      lines.emplace_back();
      lines.insert(lines.end(), table.begin(), table.end());
    }
    lines.push_back(Dim("Ctrl-C ends the demo", 1));
    live.Draw(lines);
  }

  void PrintStart() const {
    fmt::print(
        "{}",
        Box("ticklake demo",
            {
                fmt::format(
                    "a simulated market of {} symbols → embedded Kafka → Iceberg tables → SQL",
                    options_.symbols),
                "",
                fmt::format("Kafka  {}", instance_.kafka_address()),
                fmt::format("HTTP   http://{}", instance_.http_address()),
                fmt::format("data   {}", instance_.data()),
            }));
    std::fflush(stdout);
  }

  void PrintEnd(const Moment& last) const {
    const std::string& data = instance_.data();
    fmt::print(
        "{}", Box("the demo has ended",
                  {
                      fmt::format("{} records published in {:.1f} s", Grouped(last.published),
                                  last.seconds),
                      fmt::format("Kafka log        {}/broker", data),
                      fmt::format("Iceberg tables   {}/lake/market/{{trades,quotes}}", data),
                      "",
                      "try next:",
                      fmt::format(
                          "  ticklake sql --data {} \"SELECT count(*) AS rows FROM trades\"", data),
                      fmt::format("  ticklake verify --data {}", data),
                      fmt::format("  ticklake up --data {} --feed sim", data),
                  }));
  }

  const Options& options_;
  Instance& instance_;
  const Interrupt& interrupt_;
  Nanos began_;
  std::atomic<int64_t> published_{0};
  std::atomic<bool> feed_ended_{false};
  std::optional<Error> feed_failure_;  // written before feed_ended_, read after join
  double fresh_ms_ = -1;
  Moment before_;
};

Result<std::string> MakeTemporaryDirectory() {
  std::string path = (std::filesystem::temp_directory_path() / "ticklake-demo.XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) {
    return Fail(Code::kIo, "{}: cannot make a temporary directory; set TMPDIR to a writable one",
                path);
  }
  return path;
}

Result<int> RunDemo(const Options& options) {
  const Interrupt interrupt;
  TL_ASSIGN(const auto directory, MakeTemporaryDirectory());
  TL_ASSIGN(const auto instance, Instance::Start({.data = directory,
                                                  .kafka_listen = "127.0.0.1:0",
                                                  .http_listen = "127.0.0.1:0",
                                                  .sink_settings = {.flush_seconds = 2}}));
  const auto status = Demo(options, *instance, interrupt).Run();
  if (status) instance->ExitIfBusy(*status);
  return status;
}

}  // namespace

void AddDemoCommand(CLI::App& app, const Settings& settings, int* exit_status) {
  auto* command = app.add_subcommand("demo", "A simulated market, a lake and a first SELECT, live");
  command->footer(kHelp);
  auto options = std::make_shared<Options>();
  settings.Add(*command, "seconds", options->seconds, "End by itself after so long (0: at Ctrl-C)");
  settings.Add(*command, "rate", options->rate, "Records per second")->check(CLI::Range(1.0, 1e6));
  settings.Add(*command, "symbols", options->symbols, "How many symbols trade")
      ->check(CLI::Range(1, 10'000));
  settings.Add(*command, "seed", options->seed, "Another seed, another market");
  command->callback([options, exit_status] {
    const auto status = RunDemo(*options);
    *exit_status = status ? *status : PrintError(status.error());
  });
}

}  // namespace ticklake::cli
