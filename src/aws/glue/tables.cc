#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

#include "aws/glue/data_catalog.h"
#include "aws/glue/name_pattern.h"
#include "aws/glue/paging.h"
#include "aws/glue/shapes.h"
#include "aws/glue/table_search.h"
#include "base/ascii.h"
#include "catalog/catalog_json.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;

constexpr size_t kMaxBatch = 100;
constexpr char kCreatedBy[] = "CreatedBy";

// Who made the table stands among what is extra; an update keeps it.
void SetCreatedBy(catalog::Table& table, json::value who) {
  json::object extra = ParseExtra(table.extra);
  extra[kCreatedBy] = std::move(who);
  table.extra = json::serialize(extra);
}

}  // namespace

std::vector<DataCatalog::Row> DataCatalog::TableRows() {
  return {{"CreateTable", Access::kWrite, &DataCatalog::CreateTable},
          {"GetTable", Access::kRead, &DataCatalog::GetTable},
          {"GetTables", Access::kRead, &DataCatalog::GetTables},
          {"SearchTables", Access::kRead, &DataCatalog::SearchTables},
          {"UpdateTable", Access::kWrite, &DataCatalog::UpdateTable},
          {"DeleteTable", Access::kWrite, &DataCatalog::DeleteTable},
          {"BatchDeleteTable", Access::kWrite, &DataCatalog::BatchDeleteTable}};
}

DataCatalog::Answer DataCatalog::CreateTable(const Call& call) {
  const Members input(call.input);
  const std::string database = input.Name("DatabaseName");
  auto whole = IcebergCreation::TableOf(input, uris_);
  catalog::Table table =
      whole ? std::move(*whole) : ReadTable(input.RequiredObject("TableInput"), uris_);
  const auto indexes = input.Objects("PartitionIndexes", 3);
  TL_TRY(input.Check());
  TL_TRY(DatabaseExists(database));
  table.database = database;
  if (!call.caller.arn.empty()) SetCreatedBy(table, json::value(call.caller.arn));
  PutMetadata metadata;
  if (IcebergCreation::IsAskedFor(input)) {
    TL_ASSIGN(metadata, creation_.Put(input, table));
  }
  TL_TRY(commits_.CheckNew(table));
  const auto made = catalog_.CreateTable(table);
  if (!made && metadata && made.error().code != Code::kOutcomeUnknown) metadata->TakeBack();
  if (!made && made.error().code == Code::kAlreadyExists) {
    return AwsFail(400, "AlreadyExistsException", "Table already exists.");
  }
  TL_TRY(Checked(made));
  for (const Members& index : indexes) TL_TRY(SavePartitionIndex(table, index));
  return json::object();
}

DataCatalog::Answer DataCatalog::GetTable(const Call& call) {
  TL_ASSIGN(const catalog::Table table, TableOf(Members(call.input), "Name"));
  return json::object{{"Table", Show(table, uris_)}};
}

DataCatalog::Answer DataCatalog::GetTables(const Call& call) {
  const Members input(call.input);
  const std::string database = input.Name("DatabaseName");
  const Page page = ReadPage(input, "GetTables", 100);
  const std::string expression = input.Text("Expression", {0, 2048});
  TL_TRY(input.Check());
  TL_TRY(DatabaseExists(database));
  TL_ASSIGN(const NamePattern pattern, NamePattern::Make(expression));
  TL_ASSIGN(const auto all, Checked(catalog_.ListTables(database)));
  std::vector<catalog::Table> tables;
  for (const catalog::Table& table : all) {
    TL_ASSIGN(const bool matches, pattern.Matches(table.name));
    if (matches) tables.push_back(table);
  }
  return ShowPage(
      "TableList", page, tables, [](const auto& table) { return table.name; },
      [this](const auto& table) { return Show(table, uris_); });
}

DataCatalog::Answer DataCatalog::SearchTables(const Call& call) {
  const Members input(call.input);
  const Page page = ReadPage(input, "SearchTables", 1000);
  const TableSearch search(input);
  TL_TRY(input.Check());
  std::vector<catalog::Table> found;
  TL_ASSIGN(const auto databases, VisibleDatabases(call.caller));
  for (const catalog::Database& database : databases) {
    const auto tables = catalog_.ListTables(database.name);
    if (!tables) continue;  // it was deleted in between
    std::ranges::copy_if(*tables, std::back_inserter(found),
                         [&](const auto& table) { return search.Matches(table); });
  }
  search.Sort(found);
  // Pages go by rank: the order may be any.
  size_t from = 0;
  std::from_chars(page.after.data(), page.after.data() + page.after.size(), from);
  from = std::min(from, found.size());
  const size_t to = std::min(found.size(), from + page.limit);
  json::array shown;
  for (size_t i = from; i < to; ++i) shown.push_back(Show(found[i], uris_));
  json::object answer{{"TableList", std::move(shown)}};
  PutNextToken(answer, page, to < found.size() ? std::to_string(to) : "");
  return answer;
}

AwsResult<> DataCatalog::SaveTable(const catalog::Table& stored, const catalog::Table& next,
                                   bool archive) {
  if (archive) {
    const catalog::FactKey key{kVersionKind, stored.database, stored.name,
                               VersionName(stored.version)};
    const auto kept = catalog_.PutFact({key, catalog::ToJson(stored)}, catalog::FactWrite::kEither);
    // A catalog that keeps no facts has no older versions.
    if (!kept && kept.error().code != Code::kUnsupported) {
      return std::unexpected(FromError(kept.error()));
    }
  }
  return Checked(catalog_.UpdateTable(next));
}

// A client that names a version changes that one or none. One that names none means whatever
// version there is, so losing a race is no reason to fail; but an Iceberg commit says by its
// previous_metadata_location what it was made from.
DataCatalog::Answer DataCatalog::UpdateTable(const Call& call) {
  const Members input(call.input);
  const std::string database = input.Name("DatabaseName");
  catalog::Table next = ReadTable(input.RequiredObject("TableInput"), uris_);
  const std::string version = input.Text("VersionId");
  const bool archive = !input.Bool("SkipArchive");
  TL_TRY(input.Check());
  next.database = database;
  const std::string own_extra = next.extra;
  while (true) {
    TL_ASSIGN(const catalog::Table stored, FindTable(database, next.name));
    if (!version.empty() && version != std::to_string(stored.version)) {
      return AwsFail(400, "ConcurrentModificationException",
                     "table '{}.{}': is at version {}, not {}; read it again", database, next.name,
                     stored.version, version);
    }
    next.version = stored.version;
    next.extra = own_extra;
    json::object extra = ParseExtra(stored.extra);
    if (extra.contains(kCreatedBy)) SetCreatedBy(next, extra[kCreatedBy]);
    TL_TRY(commits_.CheckUpdate(stored, next, !version.empty()));
    const auto saved = SaveTable(stored, next, archive);
    if (saved) return json::object();
    const bool lost = saved.error().code == "ConcurrentModificationException";
    if (!lost || !version.empty()) return std::unexpected(saved.error());
  }
}

AwsResult<> DataCatalog::DropTable(const std::string& database, const std::string& name) {
  const auto dropped = catalog_.DeleteTable(database, name);
  if (dropped) return {};
  if (dropped.error().code != Code::kNotFound) return std::unexpected(FromError(dropped.error()));
  TL_TRY(DatabaseExists(database));
  return AwsFail(400, "EntityNotFoundException", "Table {} not found.", name);
}

DataCatalog::Answer DataCatalog::DeleteTable(const Call& call) {
  const Members input(call.input);
  const std::string database = input.Name("DatabaseName");
  const std::string name = input.Name("Name");
  TL_TRY(input.Check());
  TL_TRY(DropTable(database, name));
  return json::object();
}

DataCatalog::Answer DataCatalog::BatchDeleteTable(const Call& call) {
  const Members input(call.input);
  const std::string database = input.Name("DatabaseName");
  const auto names = input.Strings("TablesToDelete", kMaxBatch);
  TL_TRY(input.Check());
  TL_TRY(DatabaseExists(database));
  json::array errors;
  for (const std::string& name : names) {
    const auto dropped = DropTable(database, AsciiLower(name));
    if (dropped) continue;
    errors.push_back(
        json::object{{"TableName", name}, {"ErrorDetail", ErrorDetail(dropped.error())}});
  }
  json::object answer;
  if (!errors.empty()) answer["Errors"] = std::move(errors);
  return answer;
}

}  // namespace ticklake::aws::glue
