#include "catalog/glue_catalog.h"

#include <algorithm>

#include "base/thread_pool.h"
#include "catalog/glue_client.h"
#include "catalog/glue_json.h"
#include "catalog/glue_partitions.h"

namespace ticklake::catalog {
namespace {

namespace json = boost::json;

constexpr size_t kThreads = 8;

std::string DatabaseWhat(const std::string& name) { return fmt::format("database '{}'", name); }
std::string TableWhat(const std::string& database, const std::string& name) {
  return fmt::format("table '{}.{}'", database, name);
}

class GlueCatalog : public Catalog {
 public:
  explicit GlueCatalog(GlueClient glue)
      : glue_(std::move(glue)), pool_(kThreads, "glue"), partitions_(glue_, pool_) {}

  Result<void> CreateDatabase(const Database& database) override {
    return Do({"CreateDatabase", DatabaseWhat(database.name)},
              {{"DatabaseInput", DatabaseInput(database)}});
  }

  Result<Database> GetDatabase(const std::string& name) override {
    TL_ASSIGN(const json::object answer,
              glue_.Call({"GetDatabase", DatabaseWhat(name)}, {{"Name", name}}));
    return DatabaseFromGlue(ObjectIn(answer, "Database"));
  }

  Result<std::vector<Database>> ListDatabases() override {
    std::vector<Database> all;
    TL_TRY(glue_.CallPages({"GetDatabases", "databases"}, {}, [&all](const json::object& page) {
      for (const json::value& item : ArrayIn(page, "DatabaseList")) {
        if (item.is_object()) all.push_back(DatabaseFromGlue(item.get_object()));
      }
      return Result<void>();
    }));
    std::ranges::sort(all, {}, &Database::name);
    return all;
  }

  Result<void> UpdateDatabase(const Database& database) override {
    return Do({"UpdateDatabase", DatabaseWhat(database.name)},
              {{"Name", database.name}, {"DatabaseInput", DatabaseInput(database)}});
  }

  // Glue would delete the tables too.
  Result<void> DeleteDatabase(const std::string& name) override {
    TL_ASSIGN(const auto tables, ListTables(name));
    if (!tables.empty()) {
      return Fail(Code::kConflict, "database '{}': still has {} tables; drop them first", name,
                  tables.size());
    }
    return Do({"DeleteDatabase", DatabaseWhat(name)}, {{"Name", name}});
  }

  Result<void> CreateTable(const Table& table) override {
    return Do({"CreateTable", TableWhat(table.database, table.name)},
              {{"DatabaseName", table.database}, {"TableInput", TableInput(table)}});
  }

  Result<Table> GetTable(const std::string& database, const std::string& name) override {
    TL_ASSIGN(const json::object answer, glue_.Call({"GetTable", TableWhat(database, name)},
                                                    {{"DatabaseName", database}, {"Name", name}}));
    return TableFromGlue(ObjectIn(answer, "Table"));
  }

  Result<std::vector<Table>> ListTables(const std::string& database) override {
    std::vector<Table> all;
    TL_TRY(glue_.CallPages({"GetTables", DatabaseWhat(database)}, {{"DatabaseName", database}},
                           [&all](const json::object& page) {
                             for (const json::value& item : ArrayIn(page, "TableList")) {
                               if (item.is_object()) {
                                 all.push_back(TableFromGlue(item.get_object()));
                               }
                             }
                             return Result<void>();
                           }));
    std::ranges::sort(all, {}, &Table::name);
    return all;
  }

  Result<void> UpdateTable(const Table& table) override {
    return Do({"UpdateTable", TableWhat(table.database, table.name), true},
              {{"DatabaseName", table.database},
               {"TableInput", TableInput(table)},
               {"VersionId", GlueVersion(table)},
               {"SkipArchive", true}});
  }

  Result<void> DeleteTable(const std::string& database, const std::string& name) override {
    return Do({"DeleteTable", TableWhat(database, name)},
              {{"DatabaseName", database}, {"Name", name}});
  }

  Result<std::vector<PartitionError>> CreatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<Partition>& partitions) override {
    TL_ASSIGN(const Table read, GetTable(database, table));
    return partitions_.Create(read, partitions);
  }
  Result<std::vector<PartitionError>> UpdatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<PartitionUpdate>& updates) override {
    TL_ASSIGN(const Table read, GetTable(database, table));
    return partitions_.Update(read, updates);
  }
  Result<std::vector<PartitionError>> DeletePartitions(
      const std::string& database, const std::string& table,
      const std::vector<PartitionValues>& values) override {
    TL_ASSIGN(const Table read, GetTable(database, table));
    return partitions_.Delete(read, values);
  }
  Result<Partition> GetPartition(const std::string& database, const std::string& table,
                                 const PartitionValues& values) override {
    return partitions_.Get(database, table, values);
  }
  Result<PartitionPage> ListPartitions(const std::string& database, const std::string& table,
                                       const PageRequest& page) override {
    return partitions_.List(database, table, page);
  }

 private:
  Result<void> Do(const GlueCall& call, const json::object& input) {
    TL_TRY(glue_.Call(call, input));
    return {};
  }

  GlueClient glue_;
  ThreadPool pool_;
  GluePartitions partitions_;
};

}  // namespace

Result<std::unique_ptr<Catalog>> OpenGlueCatalog(net::AwsClient& client) {
  TL_ASSIGN(GlueClient glue, GlueClient::Open(client));
  return std::make_unique<GlueCatalog>(std::move(glue));
}

}  // namespace ticklake::catalog
