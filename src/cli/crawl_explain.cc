#include "cli/crawl_explain.h"

#include <boost/json.hpp>

#include <cstdio>
#include <memory>

#include "catalog/catalog.h"
#include "cli/crawl_report.h"
#include "cli/data_dir.h"
#include "cli/exit_status.h"
#include "cli/terminal.h"
#include "lake/crawler/crawlers/crawler_store.h"

namespace ticklake::cli {
namespace {

namespace json = boost::json;
using lake::crawler::CrawlerStore;
using lake::crawler::CrawlRecord;

struct Options {
  std::string name;
  std::string data = DefaultDataDirectory();
  bool json = false;
};

constexpr char kHelp[] =
    "Prints what the last crawl of a crawler found and why: this table, this type, this partition "
    "key.\n"
    "The crawler is one that AWS's clients made (`aws glue create-crawler`); it need not run now.\n"
    "\nExamples:\n"
    "  ticklake crawl explain nightly\n"
    "  ticklake crawl explain nightly --json | jq '.crawls[].tables[].why'";

// Without the escape sequences that colour a terminal.
std::string Plain(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      plain += text[i];
      continue;
    }
    while (i < text.size() && text[i] != 'm') ++i;
  }
  return plain;
}

std::string StatusLine(const std::string& name, const CrawlRecord& last) {
  std::string line = fmt::format("crawler {}: {} {}", name, last.status, FormatUtc(last.started));
  if (!last.message.empty()) line += ": " + last.message;
  return line + "\n\n";
}

Result<int> Explain(const Options& options) {
  TL_ASSIGN(const auto directory, DataDirectory::OpenExisting(PosixFileSystem(), options.data));
  TL_ASSIGN(const auto catalog, catalog::OpenSqliteCatalog(directory.CatalogPath(), SystemClock()));
  const CrawlerStore store(*catalog);
  const auto crawler = store.Get(options.name);
  if (!crawler && crawler.error().code == Code::kNotFound) {
    return Fail(Code::kNotFound,
                "crawler '{}': there is none in {}; `aws glue list-crawlers` has their names",
                options.name, options.data);
  }
  if (!crawler) return Fail(crawler.error());
  TL_ASSIGN(const std::vector<CrawlRecord> records, store.Records(options.name));
  const auto kept = store.Explanation(options.name);
  if (!kept && kept.error().code != Code::kNotFound) return Fail(kept.error());
  if (!kept) {
    return Fail(Code::kNotFound,
                "crawler '{}': no crawl has succeeded yet{}; `aws glue start-crawler --name {}` "
                "starts one",
                options.name,
                records.empty() || records[0].message.empty()
                    ? ""
                    : ", the last one says: " + records[0].message,
                options.name);
  }
  if (options.json) {
    fmt::print("{}\n", *kept);
    return kExitOk;
  }
  const json::value explanation = json::parse(*kept);
  std::string text;
  if (!records.empty()) text = StatusLine(options.name, records[0]);
  text += explanation.at("text").as_string();
  fmt::print("{}", text);
  std::fflush(stdout);
  return kExitOk;
}

}  // namespace

std::string CrawlExplanation(const std::vector<lake::crawler::CrawlPlan>& plans, double seconds,
                             const std::string& data) {
  const CrawlReportOptions report{.dry_run = false, .seconds = seconds, .data = data};
  json::array crawls;
  std::string text;
  for (const lake::crawler::CrawlPlan& plan : plans) {
    text += Plain(CrawlReport(plan, report));
    crawls.push_back(json::parse(CrawlJson(plan, report)));
  }
  return json::serialize(json::object{{"text", text}, {"crawls", std::move(crawls)}});
}

void AddCrawlExplainCommand(CLI::App& crawl, const Settings& settings, int* exit_status) {
  auto* command =
      crawl.add_subcommand("explain", "Why the last crawl of a stored crawler decided as it did");
  command->footer(kHelp);
  auto options = std::make_shared<Options>();
  command->add_option("name", options->name, "The crawler's name")->required();
  settings.Add(*command, "data", options->data, "The data directory");
  command->add_flag("--json", options->json, "The same facts as JSON");
  command->callback([options, exit_status] {
    const auto status = Explain(*options);
    *exit_status = status ? *status : PrintError(status.error());
  });
}

}  // namespace ticklake::cli
