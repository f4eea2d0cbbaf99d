// GroupCoordinator: all consumer groups of the broker: their members and their offsets.
//
// Puts a lock around the pure Groups, keeps the time, and connects them with the OffsetStore.
// Members live in memory: after a restart of the broker consumers rejoin and go on from their
// committed offsets.
// Threading: safe from any thread. Reply functions may be called on any thread, under the
// coordinator's lock: they must only hand the answer over.
// Does not know which topics exist: handlers check that.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/jump_watch.h"
#include "broker/groups/group.h"
#include "broker/groups/offset_store.h"
#include "kafka/protocol/group_admin.h"

namespace ticklake::broker {

class GroupCoordinator {
 public:
  using ErrorCode = kafka::protocol::ErrorCode;
  using Done = std::function<void(ErrorCode)>;

  /// `offset_retention_ms`: offsets.retention.minutes; positions of groups without members that are
  /// older are dropped; -1 keeps them for ever.
  GroupCoordinator(GroupOptions options, int64_t offset_retention_ms, OffsetStore& offsets,
                   const Clock& clock);

  void Join(const Group::JoinRequest& request, const Group::Caller& caller, Group::JoinReply reply);
  void Sync(const Group::SyncRequest& request, Group::SyncReply reply);
  ErrorCode Heartbeat(const std::string& group, const Group::MemberRef& ref);
  ErrorCode Leave(const std::string& group, const Group::MemberRef& ref);

  /// Checks the caller, then stores; `done` after it is durable.
  void Commit(const std::string& group, const Group::MemberRef& ref,
              std::vector<OffsetEntry> entries, Done done);
  const OffsetStore& offsets() const { return offsets_; }

  kafka::protocol::DescribeGroupsResponse::Group Describe(const std::string& group) const;
  std::vector<kafka::protocol::ListGroupsResponse::Group> List() const;
  /// Errors: kNonEmptyGroup, kGroupIdNotFound, kKafkaStorageError.
  void Delete(const std::string& group, Done done);
  /// kGroupIdNotFound when there is no such group; kNone otherwise.
  ErrorCode CheckExists(const std::string& group) const;
  /// True while a member's subscription names the topic.
  bool Subscribes(const std::string& group, const std::string& topic) const;
  void DeleteOffsets(const std::string& group, std::vector<OffsetEntry> entries, Done done);
  /// Drops the offsets of a topic that was deleted.
  void ForgetTopic(const std::string& topic);

  /// Ends what is due; returns milliseconds until it must be called again (at most 1000).
  int64_t Tick();
  /// `wake` is called whenever Tick must come earlier than it said.
  void OnEarlierDeadline(std::function<void()> wake);
  /// Answers everyone who waits with COORDINATOR_NOT_AVAILABLE; joins are refused from now on.
  void Stop();

 private:
  bool HasRoom(size_t bytes);
  int64_t Now() const { return clock_.Monotonic() / kNanosPerMilli; }
  Group* Find(const std::string& group);
  const Group* Find(const std::string& group) const;
  void NoteDeadline(const Group& group);
  void DropExpired();

  const GroupOptions options_;
  const int64_t offset_retention_ms_;
  OffsetStore& offsets_;
  const Clock& clock_;
  JumpWatch wall_;

  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Group>> groups_;
  std::function<void()> wake_;
  size_t held_bytes_ = 0;  // by members: Group::Bytes as of the last Tick, and what came since
  int64_t next_tick_ = 0;
  int64_t next_expiry_ = 0;
  bool stopped_ = false;
};

}  // namespace ticklake::broker
