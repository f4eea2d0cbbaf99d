#include "cli/up.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "cli/exit_status.h"
#include "cli/instance.h"
#include "cli/interrupt.h"
#include "cli/sim_feed.h"
#include "cli/terminal.h"

namespace ticklake::cli {
namespace {

struct Options {
  InstanceOptions instance{.data = DefaultDataDirectory(), .aws_listen = "auto"};
  std::string feed = "none";
  std::string flush = "durable";
  std::string sink = "on";
  double feed_rate = 1000;
  std::vector<std::string> broker_settings;
};

constexpr char kHelp[] =
    "Broker, sink, lake and SQL in one process, durable: stop it any way you like, start it again, "
    "and it\n"
    "continues. Any Kafka client may produce; every topic becomes a table, market.<topic>, at "
    "once.\n"
    "\nExample:\n"
    "  ticklake up --data ./lake --feed sim\n"
    "  ticklake sql --data ./lake \"SELECT symbol, count(*) FROM trades GROUP BY symbol\"";

Result<void> Settle(Options& options) {
  options.instance.durable_acks = options.flush == "durable";
  options.instance.sink = options.sink == "on";
  for (const auto& setting : options.broker_settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(Code::kInvalid,
                  "--set {}: not NAME=VALUE; for example --set log.retention.hours=24", setting);
    }
    options.instance.broker_settings.emplace_back(setting.substr(0, equals),
                                                  setting.substr(equals + 1));
  }
  return {};
}

void PrintBox(const Instance& instance) {
  std::vector<std::string> lines = {
      fmt::format("Kafka     {}", instance.kafka_address()),
      fmt::format("HTTP      http://{}   /readyz /metrics /v1/status /v1/sql",
                  instance.http_address())};
  if (!instance.aws_address().empty()) {
    lines.push_back(fmt::format("AWS       http://{}   S3, Glue and STS; lake: s3://ticklake/",
                                instance.aws_address()));
  }
  lines.insert(
      lines.end(),
      {fmt::format("data      {}", instance.data()), "", "next, in another terminal:",
       fmt::format("  ticklake feed sim --brokers {}", instance.kafka_address()),
       fmt::format("  ticklake sql --data {} \"SELECT * FROM trades LIMIT 5\"", instance.data()),
       fmt::format("  echo '{{\"a\":1}}' | kcat -b {} -P -t my_topic", instance.kafka_address())});
  if (!instance.aws_address().empty()) {
    lines.push_back(fmt::format("  AWS_ENDPOINT_URL=http://{} aws s3 ls s3://ticklake/market/",
                                instance.aws_address()));
  }
  lines.insert(lines.end(), {"", "Ctrl-C ends it cleanly."});
  fmt::print("{}", Box("ticklake is up", lines));
  std::fflush(stdout);
}

void RunFeed(const Options& options, const std::string& kafka, const std::stop_token& stop) {
  SimFeedOptions feed;
  feed.client.bootstrap = kafka;
  feed.rate = options.feed_rate;
  feed.market.density = std::max<int64_t>(1, std::llround(options.feed_rate));
  const auto summary = RunSimFeed(feed, stop, {});
  if (!summary) spdlog::error("the simulated market has ended: {}", summary.error().message);
}

Result<int> Up(Options& options) {
  TL_TRY(Settle(options));
  const Interrupt interrupt;
  TL_ASSIGN(const auto instance, Instance::Start(options.instance));
  PrintBox(*instance);
  std::jthread feed;
  if (options.feed == "sim") {
    feed = std::jthread(
        [&](const std::stop_token& stop) { RunFeed(options, instance->kafka_address(), stop); });
  }
  while (!interrupt.WaitFor(std::chrono::hours(1))) {
  }
  if (feed.joinable()) {
    feed.request_stop();
    feed.join();
  }
  const auto stopped = instance->Stop();
  const int status = stopped ? kExitOk : PrintError(stopped.error());
  if (stopped) fmt::print("ticklake has stopped; everything is in {}\n", instance->data());
  instance->ExitIfBusy(status);
  return status;
}

}  // namespace

void AddUpCommand(CLI::App& app, const Settings& settings, int* exit_status) {
  auto* command = app.add_subcommand("up", "Everything in one process, durable");
  command->footer(kHelp);
  auto options = std::make_shared<Options>();
  settings.Add(*command, "data", options->instance.data, "The data directory; made if missing");
  AddLakeOptions(settings, *command, options->instance.place);
  settings.Add(*command, "kafka-listen", options->instance.kafka_listen,
               "HOST:PORT for Kafka clients; port 0: any free");
  settings.Add(*command, "http-listen", options->instance.http_listen,
               "HOST:PORT for readiness, metrics and SQL");
  settings.Add(
      *command, "aws-listen", options->instance.aws_listen,
      "HOST:PORT for AWS clients (S3, Glue, STS); auto: 127.0.0.1:4566, or none if that is "
      "taken; off");
  settings.Add(*command, "feed", options->feed, "none, or sim: publish a simulated market")
      ->check(CLI::IsMember({"none", "sim"}));
  settings
      .Add(*command, "feed-rate", options->feed_rate, "Records per second of the simulated market")
      ->check(CLI::Range(0.1, 1e7));
  settings
      .Add(*command, "flush", options->flush,
           "durable: acked means on disk; off: acked at once, flushed soon after (Kafka's default)")
      ->check(CLI::IsMember({"durable", "off"}));
  AddSinkSettings(settings, *command, options->instance.sink_settings);
  settings
      .Add(*command, "sink", options->sink, "on: every topic becomes a table; off: a broker only")
      ->check(CLI::IsMember({"on", "off"}));
  command->add_option("--set", options->broker_settings,
                      "A broker setting by Kafka's name, NAME=VALUE; repeatable");
  command->callback([options, exit_status] {
    const auto status = Up(*options);
    *exit_status = status ? *status : PrintError(status.error());
  });
}

}  // namespace ticklake::cli
