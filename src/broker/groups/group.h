// Group: the state machine of one classic consumer group.
//
// Follows Apache Kafka's coordinator: Empty → PreparingRebalance (members join) →
// CompletingRebalance (the leader's assignment is awaited) → Stable. Rules that clients rely on are
// named at their functions; sources: KIP-62, KIP-345 (static members), KIP-394 (member ids),
// KIP-559. Threading: belongs to one thread or one lock. Pure: time comes in as monotonic
// milliseconds, answers go out through the reply functions, called at once or within a later call;
// there is no I/O. The owner calls Tick no later than NextDeadline(). Does not know offsets,
// subscriptions or assignments: they are opaque bytes of the clients.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kafka/protocol/membership.h"

namespace ticklake::broker {

/// By Kafka's own names; milliseconds.
struct GroupOptions {
  int32_t initial_rebalance_delay_ms = 100;    ///< group.initial.rebalance.delay.ms
  int32_t min_session_timeout_ms = 6'000;      ///< group.min.session.timeout.ms
  int32_t max_session_timeout_ms = 1'800'000;  ///< group.max.session.timeout.ms
  size_t max_size = 10'000;                    ///< group.max.size, members
  size_t max_bytes = 32 << 20;                 ///< of all members of all groups together
};

enum class GroupState { kEmpty, kPreparingRebalance, kCompletingRebalance, kStable };
/// Kafka's name: "PreparingRebalance".
const char* GroupStateName(GroupState state);

class Group {
 public:
  using ErrorCode = kafka::protocol::ErrorCode;
  using JoinRequest = kafka::protocol::JoinGroupRequest;
  using JoinResponse = kafka::protocol::JoinGroupResponse;
  using SyncRequest = kafka::protocol::SyncGroupRequest;
  using SyncResponse = kafka::protocol::SyncGroupResponse;
  using JoinReply = std::function<void(JoinResponse)>;
  using SyncReply = std::function<void(SyncResponse)>;

  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  /// Who calls, and what its version of JoinGroup can do.
  struct Caller {
    std::string client_id;
    std::string client_host;
    bool takes_member_id = true;       ///< version 4 on: answers MEMBER_ID_REQUIRED with a new join
    bool may_skip_assignment = false;  ///< version 9 on
  };
  /// How a request names its member.
  struct MemberRef {
    std::string member_id;
    std::optional<std::string> instance_id;
    int32_t generation = -1;
  };
  struct Member {
    std::string id;
    std::optional<std::string> instance_id;
    std::string client_id;
    std::string client_host;
    int32_t session_timeout_ms = 0;
    int32_t rebalance_timeout_ms = 0;
    std::vector<JoinRequest::Protocol> protocols;  ///< in the member's order of preference
    std::string assignment;
    JoinReply join_reply;       ///< waits for the rebalance, if set
    SyncReply sync_reply;       ///< waits for the assignment, if set
    int64_t deadline = kNever;  ///< end of the session
  };

  /// `new_id` makes the random part of member ids.
  Group(std::string id, const GroupOptions& options, std::function<std::string()> new_id);

  void Join(const JoinRequest& request, const Caller& caller, int64_t now, JoinReply reply);
  void Sync(const SyncRequest& request, int64_t now, SyncReply reply);
  ErrorCode Heartbeat(const MemberRef& ref, int64_t now);
  ErrorCode Leave(const MemberRef& ref, int64_t now);
  /// May this member (or, with an empty ref, someone outside the group) commit offsets now?
  ErrorCode CheckCommit(const MemberRef& ref, int64_t now);
  /// Ends sessions and rebalances whose time is over.
  void Tick(int64_t now);
  int64_t NextDeadline() const;
  /// Answers whoever waits with `error` and forgets all members: shutting down, or deleted.
  void Abandon(ErrorCode error);

  const std::string& id() const { return id_; }
  GroupState state() const { return state_; }
  int32_t generation() const { return generation_; }
  const std::string& protocol_type() const { return protocol_type_; }
  const std::string& protocol() const { return protocol_; }
  const std::map<std::string, Member>& members() const { return members_; }
  /// About how much memory it takes.
  size_t Bytes() const;

 private:
  ErrorCode CheckJoin(const JoinRequest& request) const;
  ErrorCode CheckMember(const MemberRef& ref) const;
  void JoinAsNew(const JoinRequest& request, const Caller& caller, int64_t now, JoinReply reply);
  void JoinAsKnown(Member& member, const JoinRequest& request, int64_t now, JoinReply reply);
  void ReplaceStatic(const JoinRequest& request, const Caller& caller, int64_t now,
                     JoinReply reply);
  Member& AddMember(const JoinRequest& request, const Caller& caller, std::string member_id);
  void Update(Member& member, const JoinRequest& request) const;
  void RemoveMember(const std::string& member_id, int64_t now);

  void PrepareRebalance(int64_t now);
  void MaybeCompleteJoin(int64_t now);
  void CompleteJoin(int64_t now);
  void FinishSync(int64_t now);
  void SelectProtocol();
  bool SharesProtocol(const JoinRequest& request) const;
  int32_t RebalanceTimeout() const;
  void Touch(Member& member, int64_t now) const;
  JoinResponse CurrentGeneration(const Member& member) const;
  void ReplySync(Member& member, ErrorCode error, int64_t now);

  const std::string id_;
  const GroupOptions& options_;
  const std::function<std::string()> new_id_;

  GroupState state_ = GroupState::kEmpty;
  int32_t generation_ = 0;
  std::string protocol_type_;
  std::string protocol_;
  std::string leader_;
  std::map<std::string, Member> members_;
  std::map<std::string, std::string> static_ids_;  // instance id → member id
  std::map<std::string, int64_t> pending_;         // member ids given out → until when
  int64_t phase_deadline_ = kNever;                // of joining, or of syncing
  int64_t join_limit_ = kNever;                    // the initial delay is not extended beyond
  bool initial_ = false;                           // joining began with an empty group
};

}  // namespace ticklake::broker
