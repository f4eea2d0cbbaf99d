#include "query/query_catalog.h"

#include <fmt/format.h>
#include <chrono>

#include "base/log.h"
#include "query/gate.h"
#include "query/hive_sql.h"
#include "query/table_sql.h"

namespace ticklake::query {

QueryCatalog::QueryCatalog(Connection& connection, Instance& instance, uint64_t id)
    : connection_(connection), instance_(instance), name_(fmt::format("__ticklake_query_{}", id)) {}

QueryCatalog::~QueryCatalog() {
  if (!attached_) return;
  Result<void> left = Leave();
  // A cancelled query is interrupted again and again, which may hit what cleans up after it.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (!left && left.error().code == Code::kCancelled &&
         std::chrono::steady_clock::now() < give_up) {
    left = Leave();
  }
  if (!left) spdlog::warn("query: a finished query's catalog stays: {}", left.error().message);
}

Result<void> QueryCatalog::Leave() {
  TL_TRY(connection_.Execute("USE memory"));
  return connection_.Execute("DETACH DATABASE IF EXISTS " + QuoteName(name_));
}

Result<void> QueryCatalog::Open() {
  TL_TRY(connection_.Execute("ATTACH ':memory:' AS " + QuoteName(name_)));
  attached_ = true;
  const std::string database(kDefaultDatabase);
  TL_TRY(AddSchema(database));
  return connection_.Execute(fmt::format("USE {}.{}", QuoteName(name_), QuoteName(database)));
}

Result<void> QueryCatalog::AddSchema(const std::string& database) {
  if (!schemas_.insert(database).second) return {};
  return connection_.Execute(
      fmt::format("CREATE SCHEMA IF NOT EXISTS {}.{}", QuoteName(name_), QuoteName(database)));
}

Result<std::string> QueryCatalog::LakeView(const lake::TableView& view) {
  Batches batches;
  for (const auto& batch : view.tail) {
    if (batch->num_rows() > 0) batches.push_back(batch);
  }
  std::string call;
  if (!batches.empty()) {
    tails_.push_back(instance_.tails().Add(std::move(batches)));
    call = tails_.back().Call();
  }
  return ViewQuery(view, call);
}

Result<std::string> QueryCatalog::HiveTableView(const lake::TableView& view) {
  if (view.hive->layout.partition_keys.empty()) return HiveQuery(*view.hive, nullptr);
  TL_ASSIGN(auto registration, instance_.partitions().Add(*view.hive));
  partitions_.push_back(std::move(registration));
  return HiveQuery(*view.hive, &partitions_.back());
}

Result<void> QueryCatalog::AddTable(const lake::TableView& view) {
  TL_TRY(AddSchema(view.database));
  TL_ASSIGN(const std::string query, view.hive ? HiveTableView(view) : LakeView(view));
  const Result<void> created =
      connection_.Execute(fmt::format("CREATE VIEW {}.{}.{} AS {}", QuoteName(name_),
                                      QuoteName(view.database), QuoteName(view.name), query));
  if (created) return {};
  return Fail(created.error().Within(fmt::format("table {}.{}", view.database, view.name)));
}

}  // namespace ticklake::query
