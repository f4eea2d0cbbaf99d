#include "cli/feed.h"

#include "cli/feed_replay.h"
#include "cli/feed_sim.h"

namespace ticklake::cli {

void AddFeedCommand(CLI::App& app, const Settings& settings, int* exit_status) {
  auto* feed = app.add_subcommand("feed", "Publish a simulated market or a file to Kafka");
  feed->require_subcommand(1);
  feed->footer(
      "Examples:\n"
      "  ticklake feed sim --rate 5000\n"
      "  ticklake feed replay prices.csv --topic prices --key symbol");
  AddFeedSimCommand(*feed, settings, exit_status);
  AddFeedReplayCommand(*feed, settings, exit_status);
}

}  // namespace ticklake::cli
