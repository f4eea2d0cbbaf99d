// The program: parses the command line and hands over to one command.
//
// The only place that knows all rooms is this folder; the only place that knows all commands
// is this file.
#include <CLI/CLI.hpp>

#include "base/large_blocks.h"
#include "base/log.h"
#include "cli/crawl.h"
#include "cli/demo.h"
#include "cli/exit_status.h"
#include "cli/feed.h"
#include "cli/keys.h"
#include "cli/s3.h"
#include "cli/settings.h"
#include "cli/sink.h"
#include "cli/sql.h"
#include "cli/terminal.h"
#include "cli/up.h"
#include "cli/verify.h"

namespace ticklake::cli {
namespace {

constexpr char kFooter[] =
    "Start here:\n"
    "  ticklake demo                            a simulated market, a lake and a first SELECT\n"
    "  ticklake up --data ./lake                the same, durable: any Kafka client may produce\n"
    "  ticklake sql --data ./lake \"SELECT …\"    ask it, while the records arrive\n"
    "\n"
    "Exit status: 0 ok, 1 error, 2 usage, 3 not found, 4 auth, 5 unreachable, 6 a check failed,\n"
    "130 interrupted. Values come from flags, then TICKLAKE_* variables, ./ticklake.toml, the "
    "user's\n"
    "config and defaults, in this order.";

int Run(int argc, char** argv) {
  const auto settings = Settings::Load();
  if (!settings) return PrintError(settings.error());

  CLI::App app("Ticklake: from market tick to SQL, in one process.", "ticklake");
  app.footer(kFooter);
  app.set_version_flag("--version", "ticklake " TICKLAKE_VERSION);
  app.require_subcommand(1);
  std::string level = "info";
  settings
      ->Add(app, "log-level", level, "What goes to the log: trace, debug, info, warn, error, off")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  app.fallthrough();
  app.parse_complete_callback([&level] { InitLog(level); });

  int status = kExitOk;
  AddDemoCommand(app, *settings, &status);
  AddUpCommand(app, *settings, &status);
  AddFeedCommand(app, *settings, &status);
  AddSinkCommand(app, *settings, &status);
  AddSqlCommand(app, *settings, &status);
  AddCrawlCommand(app, *settings, &status);
  AddS3Command(app, *settings, &status);
  AddKeysCommand(app, *settings, &status);
  AddVerifyCommand(app, *settings, &status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kExitOk : kExitUsage;
  }
  return status;
}

}  // namespace
}  // namespace ticklake::cli

int main(int argc, char** argv) {
  ticklake::GiveBackLargeBlocks();
  return ticklake::cli::Run(argc, argv);
}
