// FileCatalog: a catalog in one file of a FileSystem, so that a power cut, a failing disk or a full
// one meets the catalog's swap as it meets everything else.
//
// Tests only: nothing but the file is kept, and each call reads all of it. A change that could not
// be written to the end is kOutcomeUnknown, as it is for SQLite. Threading: none. Does not: keep
// partitions, which no table of a topic has.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/fs.h"
#include "catalog/catalog.h"
#include "catalog/catalog_json.h"

namespace ticklake::catalog {

class FileCatalog : public Catalog {
 public:
  /// `fs` and `clock` outlive it.
  FileCatalog(FileSystem& fs, std::string path, const Clock& clock)
      : fs_(fs), path_(std::move(path)), clock_(clock) {}

  Result<void> CreateDatabase(const Database& database) override {
    TL_ASSIGN(Content content, Read());
    if (!content.databases.emplace(database.name, database).second) {
      return Fail(Code::kAlreadyExists, "database '{}': exists already", database.name);
    }
    return Write(content);
  }
  Result<Database> GetDatabase(const std::string& name) override {
    TL_ASSIGN(const Content content, Read());
    const auto found = content.databases.find(name);
    if (found != content.databases.end()) return found->second;
    return Fail(Code::kNotFound, "database '{}': does not exist", name);
  }
  Result<std::vector<Database>> ListDatabases() override {
    TL_ASSIGN(const Content content, Read());
    std::vector<Database> all;
    for (const auto& [name, database] : content.databases) all.push_back(database);
    return all;
  }
  Result<void> DeleteDatabase(const std::string& name) override {
    TL_ASSIGN(Content content, Read());
    content.databases.erase(name);
    return Write(content);
  }

  Result<void> CreateTable(const Table& table) override {
    TL_ASSIGN(Content content, Read());
    const auto [at, made] = content.tables.emplace(std::pair(table.database, table.name), table);
    if (!made) return Fail(Code::kAlreadyExists, "table '{}': exists already", table.name);
    at->second.version = 1;
    at->second.create_time = at->second.update_time = clock_.Now();
    return Write(content);
  }
  Result<Table> GetTable(const std::string& database, const std::string& name) override {
    TL_ASSIGN(const Content content, Read());
    const auto found = content.tables.find({database, name});
    if (found != content.tables.end()) return found->second;
    return Fail(Code::kNotFound, "table '{}.{}': does not exist", database, name);
  }
  Result<std::vector<Table>> ListTables(const std::string& database) override {
    TL_ASSIGN(const Content content, Read());
    std::vector<Table> all;
    for (const auto& [key, table] : content.tables) {
      if (key.first == database) all.push_back(table);
    }
    return all;
  }
  Result<void> UpdateTable(const Table& table) override {
    TL_ASSIGN(Content content, Read());
    const auto found = content.tables.find({table.database, table.name});
    if (found == content.tables.end() || found->second.version != table.version) {
      return Fail(Code::kConflict, "table '{}': is not at version {}", table.name, table.version);
    }
    found->second = table;
    ++found->second.version;
    found->second.update_time = clock_.Now();
    return Write(content);
  }
  Result<void> DeleteTable(const std::string& database, const std::string& name) override {
    TL_ASSIGN(Content content, Read());
    content.tables.erase({database, name});
    return Write(content);
  }

  Result<std::vector<PartitionError>> CreatePartitions(const std::string&, const std::string&,
                                                       const std::vector<Partition>&) override {
    return NoPartitions();
  }
  Result<std::vector<PartitionError>> UpdatePartitions(
      const std::string&, const std::string&, const std::vector<PartitionUpdate>&) override {
    return NoPartitions();
  }
  Result<std::vector<PartitionError>> DeletePartitions(
      const std::string&, const std::string&, const std::vector<PartitionValues>&) override {
    return NoPartitions();
  }
  Result<Partition> GetPartition(const std::string&, const std::string&,
                                 const PartitionValues&) override {
    return NoPartitions();
  }
  Result<PartitionPage> ListPartitions(const std::string&, const std::string&,
                                       const PageRequest&) override {
    return NoPartitions();
  }

 private:
  static std::unexpected<Error> NoPartitions() {
    return Fail(Code::kUnsupported, "catalog in a file: it keeps no partitions");
  }

  struct Content {
    std::map<std::string, Database> databases;
    std::map<std::pair<std::string, std::string>, Table> tables;
  };

  Result<Content> Read() {
    Content content;
    TL_ASSIGN(const bool exists, fs_.Exists(path_));
    if (!exists) return content;
    TL_ASSIGN(const std::string text, fs_.ReadFile(path_));
    std::istringstream lines(text);
    for (std::string kind; std::getline(lines, kind);) {
      const auto next = [&] {
        std::string line;
        std::getline(lines, line);
        return line;
      };
      if (kind == "database") {
        const std::string name = next();
        content.databases[name].name = name;
        continue;
      }
      Table table;
      table.database = next();
      table.name = next();
      table.table_type = next();
      TL_ASSIGN(table.storage, StorageFromJson(next()));
      TL_ASSIGN(table.parameters, ParametersFromJson(next()));
      table.create_time = std::stoll(next());
      table.update_time = std::stoll(next());
      table.version = std::stoll(next());
      content.tables[{table.database, table.name}] = std::move(table);
    }
    return content;
  }

  Result<void> Write(const Content& content) {
    std::string text;
    for (const auto& [name, database] : content.databases) text += "database\n" + name + "\n";
    for (const auto& [key, table] : content.tables) {
      text += fmt::format("table\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", table.database, table.name,
                          table.table_type, ToJson(table.storage), ToJson(table.parameters),
                          table.create_time, table.update_time, table.version);
    }
    const auto written = fs_.WriteFileAtomically(path_, text);
    if (written) return {};
    return Fail(Code::kOutcomeUnknown, "catalog: {}", written.error().message);
  }

  FileSystem& fs_;
  const std::string path_;
  const Clock& clock_;
};

}  // namespace ticklake::catalog
