#include <boost/json.hpp>

#include "aws/glue/data_catalog.h"
#include "aws/glue/paging.h"
#include "aws/glue/shapes.h"

namespace ticklake::aws::glue {

namespace json = boost::json;

std::vector<DataCatalog::Row> DataCatalog::DatabaseRows() {
  return {{"CreateDatabase", Access::kWrite, &DataCatalog::CreateDatabase},
          {"GetDatabase", Access::kRead, &DataCatalog::GetDatabase},
          {"GetDatabases", Access::kRead, &DataCatalog::GetDatabases},
          {"UpdateDatabase", Access::kWrite, &DataCatalog::UpdateDatabase},
          {"DeleteDatabase", Access::kWrite, &DataCatalog::DeleteDatabase}};
}

DataCatalog::Answer DataCatalog::CreateDatabase(const Call& call) {
  const Members input(call.input);
  const catalog::Database database = ReadDatabase(input.RequiredObject("DatabaseInput"), uris_);
  const catalog::Parameters tags = input.Map("Tags");
  TL_TRY(input.Check());
  const auto made = catalog_.CreateDatabase(database);
  if (!made && made.error().code == Code::kAlreadyExists) {
    return AwsFail(400, "AlreadyExistsException", "Database already exists.");
  }
  TL_TRY(Checked(made));
  if (!tags.empty()) {
    TL_TRY(SaveTags(fmt::format("arn:aws:glue:{}:{}:database/{}", kRegion, kAccount, database.name),
                    tags));
  }
  return json::object();
}

DataCatalog::Answer DataCatalog::GetDatabase(const Call& call) {
  const Members input(call.input);
  const std::string name = input.Name("Name");
  TL_TRY(input.Check());
  TL_TRY(DatabaseExists(name));
  TL_ASSIGN(const catalog::Database database, Checked(catalog_.GetDatabase(name)));
  return json::object{{"Database", Show(database, uris_)}};
}

DataCatalog::Answer DataCatalog::GetDatabases(const Call& call) {
  const Members input(call.input);
  const Page page = ReadPage(input, "GetDatabases", 100);
  TL_TRY(input.Check());
  TL_ASSIGN(const auto databases, VisibleDatabases(call.caller));
  return ShowPage(
      "DatabaseList", page, databases, [](const auto& database) { return database.name; },
      [this](const auto& database) { return Show(database, uris_); });
}

DataCatalog::Answer DataCatalog::UpdateDatabase(const Call& call) {
  const Members input(call.input);
  const std::string name = input.Name("Name");
  const catalog::Database next = ReadDatabase(input.RequiredObject("DatabaseInput"), uris_);
  TL_TRY(input.Check());
  TL_TRY(DatabaseExists(name));
  if (next.name != name) {
    return AwsFail(400, "InvalidInputException",
                   "database '{}': cannot be renamed to '{}'; create the other and its tables",
                   name, next.name);
  }
  TL_TRY(Checked(catalog_.UpdateDatabase(next)));
  return json::object();
}

// As on AWS the tables of the database go with it.
DataCatalog::Answer DataCatalog::DeleteDatabase(const Call& call) {
  const Members input(call.input);
  const std::string name = input.Name("Name");
  TL_TRY(input.Check());
  TL_TRY(DatabaseExists(name));
  TL_ASSIGN(const auto tables, Checked(catalog_.ListTables(name)));
  for (const catalog::Table& table : tables) TL_TRY(DropTable(name, table.name));
  TL_TRY(Checked(catalog_.DeleteDatabase(name)));
  return json::object();
}

}  // namespace ticklake::aws::glue
