// Admin: makes, looks up and deletes topics; commits groups' offsets from outside the group.
//
// Threading: safe from any thread. Does not: change partitions or configuration.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/client/client_options.h"
#include "kafka/group_offset.h"

namespace ticklake::kafka {

class RdKafkaHandle;

class Admin {
 public:
  /// Connects; kUnavailable when no broker answers.
  static Result<std::unique_ptr<Admin>> Open(const ClientOptions& options);
  ~Admin();

  /// Makes the topic if it does not exist, with the broker's replication factor, and waits
  /// until every partition can be written. Returns its number of partitions: for a topic that
  /// existed that may be another than asked for.
  Result<int32_t> EnsureTopic(const std::string& name, int32_t partitions);
  /// kNotFound when there is none.
  Result<int32_t> CountPartitions(const std::string& name);
  /// Deletes the topic and waits until the broker does not know it any more. kNotFound.
  Result<void> DeleteTopic(const std::string& name);
  /// Commits offsets of a group that has no members now. Partitions that are gone are left out;
  /// any other refusal is the error.
  Result<void> CommitGroupOffsets(const std::string& group,
                                  const std::vector<GroupOffset>& offsets);

 private:
  explicit Admin(std::shared_ptr<RdKafkaHandle> handle);
  /// Partitions that have a leader; kNotFound or, while leaders lack, kUnavailable.
  Result<int32_t> Look(const std::string& name);
  Result<void> Create(const std::string& name, int32_t partitions);

  std::shared_ptr<RdKafkaHandle> handle_;
};

}  // namespace ticklake::kafka
