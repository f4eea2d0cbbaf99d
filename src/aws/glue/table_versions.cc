// Older versions of tables: facts that UpdateTable puts aside, unless it is told not to.

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

#include "aws/glue/data_catalog.h"
#include "aws/glue/paging.h"
#include "aws/glue/shapes.h"
#include "aws/glue/table_search.h"
#include "catalog/catalog_json.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;

constexpr size_t kMaxBatch = 100;

AwsResult<int64_t> ParseVersion(const std::string& text) {
  int64_t version = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, version);
  if (error == std::errc() && at == end && version >= 0) return version;
  return AwsFail(400, "InvalidInputException", "\"{}\" is not an integer.", text);
}

}  // namespace

std::vector<DataCatalog::Row> DataCatalog::VersionRows() {
  return {{"GetTableVersion", Access::kRead, &DataCatalog::GetTableVersion},
          {"GetTableVersions", Access::kRead, &DataCatalog::GetTableVersions},
          {"DeleteTableVersion", Access::kWrite, &DataCatalog::DeleteTableVersion},
          {"BatchDeleteTableVersion", Access::kWrite, &DataCatalog::BatchDeleteTableVersion}};
}

AwsResult<std::vector<catalog::Table>> DataCatalog::VersionsOf(const catalog::Table& table) {
  catalog::FactQuery query{{kVersionKind, table.database, table.name, ""}};
  query.limit = std::numeric_limits<int32_t>::max();
  TL_ASSIGN(const auto facts, FactsOf(query));
  std::vector<catalog::Table> versions;
  for (const catalog::Fact& fact : facts) {
    TL_ASSIGN(catalog::Table version, Checked(catalog::TableFromJson(fact.json)));
    // What was put aside by an update that then failed is still the newest.
    if (version.version < table.version) versions.push_back(std::move(version));
  }
  versions.push_back(table);
  return versions;
}

DataCatalog::Answer DataCatalog::GetTableVersion(const Call& call) {
  const Members input(call.input);
  const std::string wanted = input.Text("VersionId");
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  TL_ASSIGN(auto versions, VersionsOf(table));
  int64_t version = table.version;
  if (!wanted.empty()) {
    TL_ASSIGN(version, ParseVersion(wanted));
  }
  const auto at = std::ranges::find(versions, version, &catalog::Table::version);
  if (at == versions.end()) return AwsFail(400, "EntityNotFoundException", "Version not found.");
  return json::object{{"TableVersion", json::object{{"Table", Show(*at, uris_)},
                                                    {"VersionId", std::to_string(at->version)}}}};
}

DataCatalog::Answer DataCatalog::GetTableVersions(const Call& call) {
  const Members input(call.input);
  const Page page = ReadPage(input, "GetTableVersions", 100);
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  TL_ASSIGN(const auto versions, VersionsOf(table));
  return ShowPage(
      "TableVersions", page, versions,
      [](const auto& version) { return VersionName(version.version); },
      [this](const auto& version) {
        return json::object{{"Table", Show(version, uris_)},
                            {"VersionId", std::to_string(version.version)}};
      });
}

AwsResult<> DataCatalog::DropVersion(const catalog::Table& table, const std::string& version) {
  TL_ASSIGN(const int64_t number, ParseVersion(version));
  if (number == table.version) {
    return AwsFail(400, "InvalidInputException",
                   "table '{}.{}': version {} is the current one; delete the table instead",
                   table.database, table.name, version);
  }
  const auto dropped =
      catalog_.DeleteFact({kVersionKind, table.database, table.name, VersionName(number)});
  if (dropped) return {};
  if (dropped.error().code != Code::kNotFound) return std::unexpected(FromError(dropped.error()));
  return AwsFail(400, "EntityNotFoundException", "Version not found.");
}

DataCatalog::Answer DataCatalog::DeleteTableVersion(const Call& call) {
  const Members input(call.input);
  const std::string version = input.Required("VersionId");
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  TL_TRY(DropVersion(table, version));
  return json::object();
}

DataCatalog::Answer DataCatalog::BatchDeleteTableVersion(const Call& call) {
  const Members input(call.input);
  const auto versions = input.Strings("VersionIds", kMaxBatch);
  TL_ASSIGN(const catalog::Table table, TableOf(input));
  json::array errors;
  for (const std::string& version : versions) {
    const auto dropped = DropVersion(table, version);
    if (dropped) continue;
    errors.push_back(json::object{{"TableName", table.name},
                                  {"VersionId", version},
                                  {"ErrorDetail", ErrorDetail(dropped.error())}});
  }
  json::object answer;
  if (!errors.empty()) answer["Errors"] = std::move(errors);
  return answer;
}

}  // namespace ticklake::aws::glue
