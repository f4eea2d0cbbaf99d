// The facts in the catalog's SQLite file.
//
// Threading: as its connection; the caller holds its lock and, for changes, a transaction.
// Does not: begin or commit.
#pragma once

#include <vector>

#include "base/sqlite.h"
#include "catalog/catalog.h"

namespace ticklake::catalog {

class SqliteFacts {
 public:
  explicit SqliteFacts(sqlite3* db) : db_(db) {}  ///< must outlive it

  Result<void> Put(const Fact& fact, FactWrite write, Nanos now);
  Result<Fact> Get(const FactKey& key);
  Result<std::vector<Fact>> List(const FactQuery& query);
  Result<void> Delete(const FactKey& key);

 private:
  Result<void> CheckOwner(const FactKey& key);

  sqlite3* db_;
};

}  // namespace ticklake::catalog
