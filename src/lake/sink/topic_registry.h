// TopicRegistry: which topics there are, and the table of each.
//
// Threading: safe from any thread. Invariants: a table belongs to one topic; a topic keeps its
// table while the process runs. Does not: read logs or commit.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lake/sink/topic_table.h"

namespace ticklake::lake {

class TopicRegistry {
 public:
  TopicRegistry(const TopicTableParts& parts, std::string cluster_id);

  /// Asks the reader for its topics: makes tables for new ones that the options name, opens
  /// the logs of new incarnations and partitions.
  Result<void> Discover();
  /// One look at the bounds of a table's logs.
  struct Survey {
    std::vector<kafka::LogId> readable;  ///< those with something to read
    LogEnds ends;                        ///< what a query must wait for
    std::optional<Error> error;          ///< the first log that could not be asked; others go on
  };
  Survey Look(TopicTable& table);

  std::vector<TopicTablePtr> Tables() const;
  /// By the table's name; nullptr if no topic has it.
  TopicTablePtr Find(const std::string& table) const;
  /// True if the options' globs name the topic.
  bool Wanted(const std::string& topic) const;
  const std::string& cluster_id() const { return cluster_id_; }

 private:
  TopicTablePtr Add(const std::string& topic);
  Result<std::string> ChooseName(const std::string& topic);
  /// Reads a new table's positions; false while that fails.
  bool Open(TopicTable& table);

  const TopicTableParts parts_;
  const std::string cluster_id_;
  const std::vector<std::string> globs_;
  std::mutex discovering_;
  mutable std::mutex mutex_;  ///< guards by_topic_
  std::map<std::string, TopicTablePtr> by_topic_;
};

}  // namespace ticklake::lake
