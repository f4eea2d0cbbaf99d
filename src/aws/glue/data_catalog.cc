#include "aws/glue/data_catalog.h"

#include <boost/json.hpp>

namespace ticklake::aws::glue {

AwsError FromError(const Error& error) {
  if (IsOfFullDisk(error)) {
    return {kInsufficientStorage, "ResourceNumberLimitExceededException", error.message, {}};
  }
  switch (error.code) {
    case Code::kNotFound: return {400, "EntityNotFoundException", error.message, {}};
    case Code::kAlreadyExists: return {400, "AlreadyExistsException", error.message, {}};
    case Code::kConflict: return {400, "ConcurrentModificationException", error.message, {}};
    case Code::kInvalid:
    case Code::kUnsupported: return {400, "InvalidInputException", error.message, {}};
    case Code::kTimeout:
    case Code::kUnavailable: return {400, "OperationTimeoutException", error.message, {}};
    default: return {500, "InternalServiceException", error.message, {}};
  }
}

boost::json::object ErrorDetail(const AwsError& error) {
  return {{"ErrorCode", error.code}, {"ErrorMessage", error.message}};
}

DataCatalog::DataCatalog(const DataCatalogOptions& options)
    : catalog_(*options.catalog),
      uris_(options.lake == nullptr ? "" : options.lake->RootUri(), options.lake_uri),
      commits_(options.lake),
      creation_({options.catalog, options.lake, options.files, options.clock}) {}

AwsResult<std::vector<catalog::Fact>> DataCatalog::FactsOf(const catalog::FactQuery& query) {
  auto facts = catalog_.ListFacts(query);
  if (!facts && facts.error().code == Code::kUnsupported) return std::vector<catalog::Fact>();
  return Checked(std::move(facts));
}

std::vector<Operation> DataCatalog::Operations() {
  std::vector<Operation> operations;
  for (const auto& rows : {DatabaseRows(), TableRows(), VersionRows(), PartitionRows(),
                           StatisticsRows(), FunctionRows(), FactRows()}) {
    for (const Row& row : rows) {
      operations.push_back({row.name, row.access, [this, method = row.method](const Call& call) {
                              return (this->*method)(call);
                            }});
    }
  }
  return operations;
}

AwsResult<> DataCatalog::DatabaseExists(const std::string& name) {
  const auto found = catalog_.GetDatabase(name);
  if (found) return {};
  if (found.error().code != Code::kNotFound) return std::unexpected(FromError(found.error()));
  return AwsFail(400, "EntityNotFoundException", "Database {} not found.", name);
}

AwsResult<catalog::Table> DataCatalog::FindTable(const std::string& database,
                                                 const std::string& name) {
  auto table = catalog_.GetTable(database, name);
  if (table) return std::move(*table);
  if (table.error().code != Code::kNotFound) return std::unexpected(FromError(table.error()));
  TL_TRY(DatabaseExists(database));
  return AwsFail(400, "EntityNotFoundException", "Table {} not found.", name);
}

AwsResult<catalog::Table> DataCatalog::TableOf(const Members& input, std::string_view key) {
  const std::string database = input.Name("DatabaseName");
  const std::string name = input.Name(key);
  TL_TRY(input.Check());
  return FindTable(database, name);
}

AwsResult<std::vector<catalog::Database>> DataCatalog::VisibleDatabases(const Caller& caller) {
  auto databases = catalog_.ListDatabases();
  if (!databases) return std::unexpected(FromError(databases.error()));
  if (caller.scope) {
    std::erase_if(*databases, [&](const auto& database) { return database.name != *caller.scope; });
  }
  return std::move(*databases);
}

}  // namespace ticklake::aws::glue
