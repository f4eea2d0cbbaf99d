#include "cli/crawl.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "catalog/memory_catalog.h"
#include "cli/crawl_explain.h"
#include "cli/crawl_report.h"
#include "cli/data_dir.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/lake_dir.h"
#include "cli/terminal.h"
#include "lake/crawler/json_path.h"
#include "lake/crawler/plan.h"
#include "store/s3_store.h"

namespace ticklake::cli {
namespace {

using lake::crawler::Action;
using lake::crawler::CrawlPlan;

struct Options {
  std::string path;
  std::string data = DefaultDataDirectory();
  LakePlace place;
  std::string database = "market";
  bool dry_run = false;
  bool json = false;
  std::vector<std::string> exclude;
  std::string prefix;
  std::string json_path;
  std::string name = "ticklake";
  int table_level = 0;
  bool combine = false;
  uint64_t max_files = 1'000'000;
};

constexpr char kHelp[] =
    "Looks at every file below PATH, decides what tables they are (CSV, JSON, Parquet, ORC, "
    "Avro, Iceberg;\n"
    "partitions; columns and types), says why, and registers them: `ticklake sql` reads the files "
    "where\n"
    "they are. Run it again when the files have changed. It changes only tables that a crawl "
    "made.\n"
    "\nExamples:\n"
    "  ticklake crawl ./exports --dry-run\n"
    "  ticklake crawl ./exports --data ./lake --database research --exclude '**.log'\n"
    "  ticklake crawl s3://exports/2024 --data ./lake\n"
    "  ticklake crawl ./exports --json | jq '.tables[].name'\n"
    "  ticklake crawl explain nightly";

Result<std::string> DatabaseName(const std::string& text) {
  std::string name = text;
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  const bool plain =
      !name.empty() &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  if (plain) return name;
  return Fail(Code::kInvalid, "--database '{}': a name has letters, digits and _ only", text);
}

/// The key of a local PATH in a store of the whole machine; a folder's ends with '/'.
Result<std::string> KeyOfPath(const std::string& path) {
  std::error_code error;
  const auto real =
      std::filesystem::canonical(path.starts_with("file://") ? path.substr(7) : path, error);
  if (error) {
    return Fail(Code::kNotFound, "'{}': {}; name a folder or file that is there", path,
                error.message());
  }
  std::string key = real.string().substr(1);
  if (std::filesystem::is_directory(real, error) && !key.empty()) key += '/';
  return key;
}

/// What a crawl reads and changes.
struct Places {
  std::unique_ptr<store::ObjectStore> machine;
  std::unique_ptr<net::AwsClient> aws;  ///< of a lake on S3: its buckets are those of S3
  std::unique_ptr<BucketsDir> buckets;  ///< null: there is no data directory
  std::unique_ptr<store::StoreSet> stores;
  std::unique_ptr<catalog::Catalog> catalog;

  Result<void> Open(const DataDirectory& directory, const LakePlace& asked) {
    FileSystem& fs = PosixFileSystem();
    TL_ASSIGN(const LakePlace place, SettleLakePlace(directory, fs, asked));
    buckets = std::make_unique<BucketsDir>(directory, fs, SystemClock());
    if (place.OnS3()) {
      TL_ASSIGN(aws, net::AwsClient::Open(fs, SystemClock()));
    }
    TL_ASSIGN(catalog, OpenCatalogOf(place, directory, SystemClock(), aws.get()));
    return {};
  }
};

/// Where PATH is: a folder or file of this machine, or what is below a prefix of a bucket.
Result<store::StorePlace> FindRoot(const std::string& path, Places& places) {
  const bool remote = path.find("://") != std::string::npos && !path.starts_with("file://");
  if (!remote) {
    TL_ASSIGN(std::string key, KeyOfPath(path));
    return store::StorePlace{places.machine.get(), std::move(key)};
  }
  TL_ASSIGN(store::StorePlace place, places.stores->Find(path));
  if (place.key.empty() || place.key.ends_with('/')) return place;
  const auto object = place.store->Head(place.key);
  if (!object && object.error().code != Code::kNotFound) return Fail(object.error());
  if (!object) place.key += '/';
  return place;
}

Result<void> OpenPlaces(const Options& options, Places& places) {
  FileSystem& fs = PosixFileSystem();
  TL_ASSIGN(places.machine, store::OpenDirectoryStore(fs, "/"));
  places.stores = std::make_unique<store::StoreSet>(
      std::vector<store::ObjectStore*>{places.machine.get()},
      [&places](const std::string& bucket) -> Result<std::unique_ptr<store::ObjectStore>> {
        if (places.aws) return store::OpenS3Store(*places.aws, "s3://" + bucket);
        if (places.buckets) return places.buckets->OpenAsStore(bucket);
        return Fail(Code::kNotFound, "bucket '{}': does not exist; name its --data directory",
                    bucket);
      });
  if (options.dry_run) {  // makes nothing, not even the data directory
    const auto directory = DataDirectory::OpenExisting(fs, options.data);
    if (!directory && directory.error().code != Code::kNotFound) return Fail(directory.error());
    if (!directory) {
      places.catalog = std::make_unique<catalog::MemoryCatalog>(SystemClock());
      return {};
    }
    return places.Open(*directory, options.place);
  }
  TL_ASSIGN(const auto directory, DataDirectory::Open(fs, options.data));
  return places.Open(directory, options.place);
}

/// Draws at most ten times a second.
class ProgressLine {
 public:
  explicit ProgressLine(std::string root) : root_(std::move(root)) {}
  void operator()(const lake::crawler::Progress& progress) {
    const Nanos now = SystemClock().Monotonic();
    if (now - last_ < 100 * kNanosPerMilli) return;
    last_ = now;
    std::string line = fmt::format(
        "{} files in {} folders looked at · {}{}", Grouped(static_cast<int64_t>(progress.files)),
        Grouped(static_cast<int64_t>(progress.folders)), root_, progress.at);
    const auto width = static_cast<size_t>(TerminalWidth(2));
    if (line.size() >= width) line.resize(width - 1);
    lines_.Draw({line});
  }
  void Clear() { lines_.Clear(); }

 private:
  const std::string root_;
  LiveLines lines_{2};
  Nanos last_ = 0;
};

Result<CrawlPlan> Look(const Options& options, Places& places, const std::stop_token& stop) {
  TL_ASSIGN(const store::StorePlace root, FindRoot(options.path, places));
  ProgressLine line(store::PlainUri(root.store->RootUri()));
  std::vector<lake::crawler::Classifier> classifiers;
  if (!options.json_path.empty()) {
    TL_TRY(lake::crawler::ParseJsonPath(options.json_path));
    classifiers.push_back({"--json-path", lake::crawler::JsonRules{options.json_path}});
  }
  lake::crawler::TreeOptions tree_options{
      .classifiers = std::move(classifiers),
      .exclusions = options.exclude,
      .max_files = options.max_files,
      .threads = std::max<size_t>(2, std::thread::hardware_concurrency()),
      .stop = stop,
      .progress = [&line](const lake::crawler::Progress& progress) { line(progress); }};
  auto tree = lake::crawler::BuildTree(*root.store, root.key, tree_options);
  line.Clear();
  if (!tree) return Fail(tree.error());
  auto found = lake::crawler::FindTables(
      *tree, {.table_level = options.table_level, .combine_compatible = options.combine});
  return lake::crawler::MakePlan(
      *root.store, *places.catalog,
      {.database = options.database, .crawler = options.name, .prefix = options.prefix},
      std::move(*tree), std::move(found));
}

int StatusOf(const CrawlPlan& plan) {
  if (plan.tables.empty()) return kExitNotFound;
  const bool failed = std::ranges::any_of(
      plan.tables, [](const auto& table) { return table.action == Action::kLeave; });
  return failed &&
                 std::ranges::all_of(
                     plan.tables, [](const auto& table) { return table.action == Action::kLeave; })
             ? kExitError
             : kExitOk;
}

Result<int> RunCrawl(Options options) {
  TL_ASSIGN(options.database, DatabaseName(options.database));
  const Interrupt interrupt;
  const Nanos start = SystemClock().Monotonic();
  Places places;
  TL_TRY(OpenPlaces(options, places));
  TL_ASSIGN(CrawlPlan plan, Look(options, places, interrupt.Token()));
  if (interrupt.Requested())
    return Fail(Code::kCancelled, "crawl: interrupted; nothing was changed");
  if (!options.dry_run) TL_TRY(lake::crawler::Apply(*places.catalog, plan));
  const CrawlReportOptions report{
      .dry_run = options.dry_run,
      .seconds = static_cast<double>(SystemClock().Monotonic() - start) / kNanosPerSecond,
      .data = options.data};
  fmt::print("{}", options.json ? CrawlJson(plan, report) : CrawlReport(plan, report));
  std::fflush(stdout);
  return StatusOf(plan);
}

}  // namespace

void AddCrawlCommand(CLI::App& app, const Settings& settings, int* exit_status) {
  auto* command = app.add_subcommand("crawl", "Finds the tables in a folder and registers them");
  command->footer(kHelp);
  auto options = std::make_shared<Options>();
  command->add_option("path", options->path,
                      "The folder, or one file; or s3://BUCKET/PREFIX of the data directory");
  settings.Add(*command, "data", options->data, "The data directory; made if missing");
  AddLakeOptions(settings, *command, options->place);
  settings.Add(*command, "database", options->database, "Where the tables go; made if missing");
  command->add_flag("--dry-run", options->dry_run, "Say what would be done, and change nothing");
  command->add_flag("--json", options->json, "The same facts as JSON");
  command->add_option("--exclude", options->exclude,
                      "Leave out what matches, below PATH: * stays in a folder, ** does not; "
                      "repeatable");
  command->add_option("--json-path", options->json_path,
                      "Where the rows are in JSON files: '$[*]' for those that are one array");
  command->add_option("--prefix", options->prefix, "What new tables' names begin with");
  command->add_option("--name", options->name, "The crawler's name, kept in UPDATED_BY_CRAWLER")
      ->capture_default_str();
  command
      ->add_option("--table-level", options->table_level,
                   "Folders above this level are no tables; PATH is 1; 0: any may be")
      ->capture_default_str()
      ->check(CLI::Range(0, 64));
  command->add_flag("--combine", options->combine,
                    "One table of all files that can be read together, however their columns "
                    "differ");
  command->add_option("--max-files", options->max_files, "Stop with an error at more files")
      ->capture_default_str()
      ->check(CLI::Range(uint64_t{1}, uint64_t{100'000'000}));
  AddCrawlExplainCommand(*command, settings, exit_status);
  command->callback([command, options, exit_status] {
    if (!command->get_subcommands().empty()) return;
    if (options->path.empty()) throw CLI::RequiredError("path");
    const auto status = RunCrawl(*options);
    *exit_status = status ? *status : PrintError(status.error());
  });
}

}  // namespace ticklake::cli
