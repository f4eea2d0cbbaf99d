// Which files of the lake other writers than the sink may make and remove.
//
// Threading: safe from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "catalog/catalog.h"
#include "lake/table/table.h"

namespace ticklake::lake {

/// Fine for "DATABASE/FOLDER/data/…" and "DATABASE/FOLDER/metadata/…" of a database that the
/// catalog has: of a table there, or of one that is about to be made (engines choose the folder's
/// name, and write its first files before they tell the catalog). kAuth, with the reason, for
/// anything else.
Result<void> CheckNewTableFile(catalog::Catalog& catalog, const std::string& key);

/// Which files engines may take back or clear away, for the keys of one request: tables are looked
/// for and read once, and again where they have changed since. Safe from any thread.
class DeletionCheck {
 public:
  /// `tables` outlives it.
  explicit DeletionCheck(TableStore& tables) : tables_(tables) {}

  /// Fine for what an engine takes back or clears away. kAuth, with the reason, for anything else.
  /// - Where a table lies: what no version of it needs of the files that were `taken` from another
  ///   writer (of a commit that lost its race), and of the metadata files that came before the
  ///   current one (writers remove what the table's log of them does not name any more).
  /// - Where none lies: the same, and any file in a folder with the mark that engines put into
  ///   names of their own making ("-"), which no table of a topic has: of a table that was dropped.
  Result<void> Check(const std::string& key, bool taken);

 private:
  using Keys = std::shared_ptr<const std::set<std::string>>;
  struct Needed {
    int64_t version = 0;  ///< of the table
    Keys keys;
  };

  /// The table that lies in a folder, as it is now; nothing if there is none.
  Result<std::optional<catalog::Table>> TableAt(const std::string& database,
                                                const std::string& folder);
  /// What the table needs, in the version that is the current one now.
  Result<Keys> NeededBy(const catalog::Table& table);

  TableStore& tables_;
  std::mutex mutex_;
  std::map<std::string, std::map<std::string, std::string>>
      folders_;                           ///< by database: folder to table
  std::map<std::string, Needed> needed_;  ///< by table
};

}  // namespace ticklake::lake
