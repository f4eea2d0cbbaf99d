#include "query/instance.h"

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

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

// The lake under every name that its files may be called by: as given, from the root, and with
// symbolic links followed.
std::string DirectoryList(const std::string& root) {
  if (root.empty()) return "[]";
  std::error_code ignored;
  const std::filesystem::path absolute = std::filesystem::absolute(root, ignored);
  const std::filesystem::path real = std::filesystem::weakly_canonical(root, ignored);
  return fmt::format("[{}, {}, {}]", QuoteText(root), QuoteText(absolute.string()),
                     QuoteText(real.string()));
}

}  // namespace

Result<std::shared_ptr<Instance>> Instance::Open(const EngineOptions& options) {
  std::shared_ptr<Instance> instance(new Instance());
  TL_ASSIGN(instance->database_, Start(options));
  TL_ASSIGN(Connection own, instance->Connect());
  TL_ASSIGN(instance->tails_, TailScan::Register(std::move(own)));
  TL_TRY(instance->LockDown(options));
  return instance;
}

Result<void> Instance::LockDown(const EngineOptions& options) {
  TL_ASSIGN(Connection connection, Connect());
  const std::string directories = DirectoryList(options.lake_root);
  // In this order: the last two cannot be taken back.
  for (const std::string& setting : {
           std::string("parquet_metadata_cache = true"),  // a data file never changes
           std::string("TimeZone = 'UTC'"),
           fmt::format("allowed_directories = {}", directories),
           std::string("enable_external_access = false"),
           std::string("lock_configuration = true"),
       }) {
    TL_TRY(connection.Execute("SET GLOBAL " + setting));
  }
  return {};
}

void Instance::NoteFiles(const std::vector<lake::iceberg::DataFile>& files) {
  const std::lock_guard lock(mutex_);
  for (const auto& file : files) seen_.insert(std::hash<std::string>()(file.path));
  most_at_once_ = std::max(most_at_once_, files.size());
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
