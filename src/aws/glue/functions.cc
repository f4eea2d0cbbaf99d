// User-defined functions: facts that Hive, Spark and Trino keep in Glue; nothing here runs them.

#include <boost/json.hpp>

#include <limits>

#include "aws/glue/data_catalog.h"
#include "aws/glue/name_pattern.h"
#include "aws/glue/paging.h"
#include "aws/glue/shapes.h"
#include "base/ascii.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;

constexpr char kKind[] = "function";

json::object ShowFunction(const catalog::Fact& fact) {
  json::object object = ParseExtra(fact.json);
  object["FunctionName"] = fact.key.name;
  object["DatabaseName"] = fact.key.database;
  object["CatalogId"] = kAccount;
  object["CreateTime"] = Seconds(fact.create_time);
  return object;
}

catalog::Fact ReadFunction(const Members& input, const std::string& database) {
  const Members function = input.RequiredObject("FunctionInput");
  const std::string name = function.Name("FunctionName");
  function.Text("ClassName");
  function.Objects("ResourceUris", 1000);
  return {{kKind, database, "", name},
          function.Extra({"ClassName", "OwnerName", "OwnerType", "FunctionType", "ResourceUris",
                          "ArtifactLocation", "GovernanceMode"},
                         {})};
}

std::unexpected<AwsError> NotFound(const std::string& name) {
  return AwsFail(400, "EntityNotFoundException", "Function {} not found.", name);
}

}  // namespace

std::vector<DataCatalog::Row> DataCatalog::FunctionRows() {
  return {{"CreateUserDefinedFunction", Access::kWrite, &DataCatalog::CreateUserDefinedFunction},
          {"GetUserDefinedFunction", Access::kRead, &DataCatalog::GetUserDefinedFunction},
          {"GetUserDefinedFunctions", Access::kRead, &DataCatalog::GetUserDefinedFunctions},
          {"UpdateUserDefinedFunction", Access::kWrite, &DataCatalog::UpdateUserDefinedFunction},
          {"DeleteUserDefinedFunction", Access::kWrite, &DataCatalog::DeleteUserDefinedFunction}};
}

DataCatalog::Answer DataCatalog::CreateUserDefinedFunction(const Call& call) {
  const Members input(call.input);
  const std::string database = input.Name("DatabaseName");
  const catalog::Fact function = ReadFunction(input, database);
  TL_TRY(input.Check());
  TL_TRY(DatabaseExists(database));
  const auto made = catalog_.PutFact(function, catalog::FactWrite::kNew);
  if (!made && made.error().code == Code::kAlreadyExists) {
    return AwsFail(400, "AlreadyExistsException", "Function already exists.");
  }
  TL_TRY(Checked(made));
  return json::object();
}

DataCatalog::Answer DataCatalog::GetUserDefinedFunction(const Call& call) {
  const Members input(call.input);
  const catalog::FactKey key{kKind, input.Name("DatabaseName"), "", input.Name("FunctionName")};
  TL_TRY(input.Check());
  TL_TRY(DatabaseExists(key.database));
  const auto function = catalog_.GetFact(key);
  if (!function && function.error().code == Code::kNotFound) return NotFound(key.name);
  TL_TRY(Checked(function));
  return json::object{{"UserDefinedFunction", ShowFunction(*function)}};
}

DataCatalog::Answer DataCatalog::GetUserDefinedFunctions(const Call& call) {
  const Members input(call.input);
  const Page page = ReadPage(input, "GetUserDefinedFunctions", 100);
  const std::string only_database = AsciiLower(input.Text("DatabaseName"));
  const std::string expression = input.Required("Pattern", {0, 2048});
  TL_TRY(input.Check());
  if (!only_database.empty()) TL_TRY(DatabaseExists(only_database));
  TL_ASSIGN(const NamePattern pattern, NamePattern::Make(expression));
  TL_ASSIGN(const auto databases, VisibleDatabases(call.caller));
  std::vector<catalog::Fact> found;
  for (const catalog::Database& database : databases) {
    if (!only_database.empty() && database.name != only_database) continue;
    catalog::FactQuery query{{kKind, database.name, "", ""}};
    query.limit = std::numeric_limits<int32_t>::max();
    TL_ASSIGN(const auto facts, FactsOf(query));
    for (const catalog::Fact& fact : facts) {
      TL_ASSIGN(const bool matches, pattern.Matches(fact.key.name));
      if (matches) found.push_back(fact);
    }
  }
  return ShowPage(
      "UserDefinedFunctions", page, found,
      [](const auto& fact) { return fact.key.database + "\n" + fact.key.name; }, ShowFunction);
}

DataCatalog::Answer DataCatalog::UpdateUserDefinedFunction(const Call& call) {
  const Members input(call.input);
  const std::string database = input.Name("DatabaseName");
  catalog::Fact function = ReadFunction(input, database);
  const std::string name = input.Name("FunctionName");
  TL_TRY(input.Check());
  TL_TRY(DatabaseExists(database));
  function.key.name = name;
  const auto changed = catalog_.PutFact(function, catalog::FactWrite::kExisting);
  if (!changed && changed.error().code == Code::kNotFound) return NotFound(name);
  TL_TRY(Checked(changed));
  return json::object();
}

DataCatalog::Answer DataCatalog::DeleteUserDefinedFunction(const Call& call) {
  const Members input(call.input);
  const catalog::FactKey key{kKind, input.Name("DatabaseName"), "", input.Name("FunctionName")};
  TL_TRY(input.Check());
  TL_TRY(DatabaseExists(key.database));
  const auto deleted = catalog_.DeleteFact(key);
  if (!deleted && deleted.error().code == Code::kNotFound) return NotFound(key.name);
  TL_TRY(Checked(deleted));
  return json::object();
}

}  // namespace ticklake::aws::glue
