#include "query/instance.h"

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "base/log.h"
#include "query/table_sql.h"

namespace ticklake::query {
namespace {

using Setting = std::pair<std::string, std::string>;

// What must be known when DuckDB starts.
std::vector<Setting> StartSettings(const EngineOptions& options) {
  std::vector<Setting> settings = {
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"memory_limit", fmt::format("{}B", options.memory_limit)},
      {"temp_directory", options.temp_dir},
      {"errors_as_json", "true"},
  };
  if (options.threads != 0) settings.emplace_back("threads", std::to_string(options.threads));
  if (!options.temp_dir.empty()) {
    settings.emplace_back("max_temp_directory_size", fmt::format("{}B", options.temp_limit));
  }
  return settings;
}

Result<duckdb_database> Start(const EngineOptions& options) {
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  Result<duckdb_database> result = nullptr;
  for (const auto& [name, value] : StartSettings(options)) {
    if (duckdb_set_config(config, name.c_str(), value.c_str()) != DuckDBSuccess) {
      result =
          Fail(Code::kInternal, "query engine: DuckDB refused the setting {} = '{}'", name, value);
    }
  }
  char* message = nullptr;
  duckdb_database database = nullptr;
  if (result && duckdb_open_ext(nullptr, &database, config, &message) == DuckDBSuccess) {
    result = database;
  } else if (result) {
    result = Fail(Code::kInternal, "query engine: DuckDB does not start: {}",
                  message == nullptr ? "no reason given" : message);
  }
  duckdb_free(message);
  duckdb_destroy_config(&config);
  return result;
}

// A folder or file under every name that it may be called by: as given, from the root, and with
// symbolic links followed.
void AddNames(const std::string& path, std::vector<std::string>& names) {
  std::error_code ignored;
  names.push_back(path);
  names.push_back(std::filesystem::absolute(path, ignored).string());
  names.push_back(std::filesystem::weakly_canonical(path, ignored).string());
}

std::string TextList(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() > 1 ? ", " : "") + QuoteText(text);
  return list + ']';
}

}  // namespace

Result<std::shared_ptr<Instance>> Instance::Open(const EngineOptions& options,
                                                 const std::set<std::string>& reach) {
  std::shared_ptr<Instance> instance(new Instance(options.memory_limit));
  if (!options.lake_root.empty()) AddNames(options.lake_root, instance->reach_);
  for (const std::string& uri : reach) {
    TL_ASSIGN(std::string path, LocalPath(uri));
    instance->reach_.push_back(std::move(path));
  }
  TL_ASSIGN(instance->database_, Start(options));
  TL_ASSIGN(Connection own, instance->Connect());
  TL_ASSIGN(instance->partitions_, PartitionLookup::Register(own));
  TL_ASSIGN(instance->tails_, TailScan::Register(std::move(own)));
  TL_TRY(instance->LockDown());
  if (MemoryBound::InUse() == 0) {
    spdlog::warn(
        "query engine: this build of DuckDB does not let its memory be counted; one huge "
        "value may exceed the limit");
  }
  return instance;
}

bool Instance::Reaches(const std::string& uri) const {
  const Result<std::string> path = LocalPath(uri);
  return path && std::ranges::any_of(reach_, [&path](const std::string& folder) {
           return *path == folder ||
                  path->starts_with(folder.ends_with('/') ? folder : folder + '/');
         });
}

Result<void> Instance::LockDown() {
  TL_ASSIGN(Connection connection, Connect());
  const std::string reach = TextList(reach_);
  // In this order: the last two cannot be taken back.
  for (const std::string& setting : {
           std::string("parquet_metadata_cache = true"),  // a data file never changes
           std::string("TimeZone = 'UTC'"),
           fmt::format("allowed_directories = {}", reach),
           fmt::format("allowed_paths = {}", reach),  // a table may be a single file
           std::string("enable_external_access = false"),
           std::string("lock_configuration = true"),
       }) {
    TL_TRY(connection.Execute("SET GLOBAL " + setting));
  }
  return {};
}

void Instance::NoteFiles(const lake::TableView& view) {
  const std::lock_guard lock(mutex_);
  for (const auto& file : view.files) seen_.insert(std::hash<std::string>()(file.path));
  most_at_once_ = std::max(most_at_once_, view.files.size());
  if (!view.hive || view.hive->layout.format != lake::hive::Format::kParquet) return;
  for (const auto& file : view.hive->files) seen_.insert(std::hash<std::string>()(file.path));
  most_at_once_ = std::max(most_at_once_, view.hive->files.size());
}

bool Instance::Stale() const {
  constexpr size_t kSpare = 1'000;  // files: at most some 30 MiB that nobody needs
  const std::lock_guard lock(mutex_);
  return seen_.size() > kSpare + 4 * most_at_once_;
}

Instance::~Instance() {
  tails_.reset();  // its connection goes before the database
  if (database_ != nullptr) duckdb_close(&database_);
}

}  // namespace ticklake::query
