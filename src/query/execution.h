// Execution: one statement on its way through the engine, from text to written rows.
//
// Threading: one thread. Does not: watch the clock (the Watch it is given does).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "query/engine.h"
#include "query/gate.h"
#include "query/instance.h"
#include "query/watchdog.h"

namespace ticklake::query {

class Execution {
 public:
  struct Setting {
    lake::TableSource& source;
    const EngineOptions& options;
    Instance& instance;
    const Watchdog::Watch& watch;
    uint64_t id;  ///< no other query of the instance has it
  };
  Execution(const Setting& setting, Connection& connection, std::string_view sql)
      : set_(setting), connection_(connection), sql_(sql) {}

  SqlResult<RunStats> Run(ResultWriter& writer);

  /// True if DuckDB said that the instance must not be used again.
  bool broken() const { return broken_; }
  /// Locations of the statement's tables that the instance may not read; where there are any,
  /// nothing ran.
  const std::vector<std::string>& beyond_reach() const { return beyond_reach_; }

 private:
  SqlResult<RunStats> Select(Statement& statement, ResultWriter& writer);
  SqlResult<std::vector<lake::TableView>> GetViews(const Statement& statement);
  SqlResult<void> Stream(const Statement& statement, ResultWriter& writer);
  Result<std::vector<Column>> ReadColumns(Rows& rows);
  /// A plan as rows of text, to be run instead of what asked for it.
  SqlResult<std::string> PlanOf(const Statement& statement);
  SqlResult<std::string> ShowDatabases();
  SqlResult<std::string> ShowTables(const Statement& statement);
  SqlResult<std::string> ShowPartitions(const Statement& statement);
  SqlResult<lake::TableView> GetView(const TableName& table);
  SqlError UnknownTable(const TableName& table);
  SqlError UnknownDatabase(const std::string& database, size_t byte);
  SqlError Explain(const DuckError& error, size_t shift);

  const Setting set_;
  Connection& connection_;
  const std::string_view sql_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  RunStats stats_;
  bool broken_ = false;
  std::vector<std::string> beyond_reach_;
};

}  // namespace ticklake::query
