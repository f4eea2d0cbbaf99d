// LiveTables: what queries see of a sink's tables, and of all others in the catalog.
//
// View asks the logs for their ends, has them decoded at once, and takes snapshot and tail
// under the table's lock. Tables that are not a topic's of this sink are served as committed.
// Threading: safe from any thread. Does not: start threads, commit, or run SQL.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "lake/sink/read_pool.h"
#include "lake/sink/topic_registry.h"
#include "lake/sink/view.h"

namespace ticklake::lake {

struct LiveTablesParts {
  TopicTableParts sink;
  TopicRegistry* topics = nullptr;  ///< nullptr: nothing is read, committed rows only
  ReadPool* readers = nullptr;
};

class LiveTables {
 public:
  explicit LiveTables(const LiveTablesParts& parts) : parts_(parts) {}

  Result<std::vector<std::string>> Databases();
  Result<std::vector<std::string>> Tables(const std::string& database);
  Result<TableView> View(const std::string& database, const std::string& name,
                         const Patience& patience);

 private:
  /// The topic's table decoded up to the ends of its logs as of now.
  Result<TailSnapshot> Newest(const TopicTablePtr& table, const Patience& patience);
  Result<TableView> ViewTopic(const TopicTablePtr& table, const Patience& patience);
  Result<TableView> ViewDead(const TopicTablePtr& table, const Patience& patience);
  Result<TableView> ViewCommitted(const std::string& database, const std::string& name);
  Result<void> AddTail(TopicTable& table, const TailSnapshot& snapshot, TableView& view);
  /// The topic's table whose dead letters' table has that name; nullptr if there is none.
  TopicTablePtr MainOf(const std::string& name) const;
  std::string Unread(const LoadedTable& table) const;

  const LiveTablesParts parts_;
};

}  // namespace ticklake::lake
