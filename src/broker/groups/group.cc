#include "broker/groups/group.h"

#include <algorithm>

#include "broker/groups/subscription.h"

namespace ticklake::broker {

const char* GroupStateName(GroupState state) {
  switch (state) {
    case GroupState::kEmpty: return "Empty";
    case GroupState::kPreparingRebalance: return "PreparingRebalance";
    case GroupState::kCompletingRebalance: return "CompletingRebalance";
    case GroupState::kStable: return "Stable";
  }
  return "?";
}

namespace {

kafka::protocol::JoinGroupResponse JoinError(kafka::protocol::ErrorCode error,
                                             const std::string& member_id) {
  kafka::protocol::JoinGroupResponse response;
  response.error = error;
  response.member_id = member_id;
  return response;
}

bool SameProtocols(const std::vector<Group::JoinRequest::Protocol>& a,
                   const std::vector<Group::JoinRequest::Protocol>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.name == y.name && x.metadata == y.metadata;
  });
}

// Whether a static member that comes back wants what it wanted: the same topics by the same
// protocols. What else its metadata says (which partitions it owned) a restart has changed.
bool SameWish(const std::string& type, const std::vector<Group::JoinRequest::Protocol>& a,
              const std::vector<Group::JoinRequest::Protocol>& b) {
  if (type != "consumer") return SameProtocols(a, b);
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.name == y.name &&
           SubscribedTopics(x.metadata.data) == SubscribedTopics(y.metadata.data);
  });
}

}  // namespace

Group::Group(std::string id, const GroupOptions& options, std::function<std::string()> new_id)
    : id_(std::move(id)), options_(options), new_id_(std::move(new_id)) {}

size_t Group::Bytes() const {
  constexpr size_t kEach = 512;  // structures, and the nodes of maps
  size_t bytes = kEach + id_.size();
  for (const auto& [id, member] : members_) {
    bytes += kEach + 3 * id.size() + member.client_id.size() + member.client_host.size() +
             member.assignment.size() + 2 * member.instance_id.value_or("").size();
    for (const auto& protocol : member.protocols) {
      bytes += sizeof(protocol) + protocol.name.size() + protocol.metadata.data.size();
    }
  }
  for (const auto& [id, until] : pending_) bytes += kEach / 4 + id.size();
  return bytes;
}

Group::ErrorCode Group::CheckJoin(const JoinRequest& request) const {
  if (request.session_timeout_ms < options_.min_session_timeout_ms ||
      request.session_timeout_ms > options_.max_session_timeout_ms) {
    return ErrorCode::kInvalidSessionTimeout;
  }
  if (request.protocol_type.empty() || request.protocols.empty()) {
    return ErrorCode::kInconsistentGroupProtocol;
  }
  if (!members_.empty() && (request.protocol_type != protocol_type_ || !SharesProtocol(request))) {
    return ErrorCode::kInconsistentGroupProtocol;
  }
  const bool known = members_.contains(request.member_id) || pending_.contains(request.member_id);
  if (members_.size() + pending_.size() >= options_.max_size && !known) {
    return ErrorCode::kGroupMaxSizeReached;
  }
  return ErrorCode::kNone;
}

// Unknown members start anew; a member whose instance id now belongs to another is fenced
// (KIP-345).
Group::ErrorCode Group::CheckMember(const MemberRef& ref) const {
  if (ref.instance_id) {
    const auto found = static_ids_.find(*ref.instance_id);
    if (found == static_ids_.end()) return ErrorCode::kUnknownMemberId;
    if (found->second != ref.member_id) return ErrorCode::kFencedInstanceId;
  }
  return members_.contains(ref.member_id) ? ErrorCode::kNone : ErrorCode::kUnknownMemberId;
}

void Group::Join(const JoinRequest& request, const Caller& caller, int64_t now, JoinReply reply) {
  if (const ErrorCode error = CheckJoin(request); error != ErrorCode::kNone) {
    return reply(JoinError(error, request.member_id));
  }
  if (request.member_id.empty()) return JoinAsNew(request, caller, now, std::move(reply));
  if (pending_.erase(request.member_id) > 0) {
    AddMember(request, caller, request.member_id).join_reply = std::move(reply);
    return PrepareRebalance(now);
  }
  const ErrorCode error = CheckMember({request.member_id, request.instance_id, -1});
  if (error != ErrorCode::kNone) return reply(JoinError(error, request.member_id));
  JoinAsKnown(members_.at(request.member_id), request, now, std::move(reply));
}

void Group::JoinAsNew(const JoinRequest& request, const Caller& caller, int64_t now,
                      JoinReply reply) {
  if (request.instance_id && static_ids_.contains(*request.instance_id)) {
    return ReplaceStatic(request, caller, now, std::move(reply));
  }
  std::string member_id = request.instance_id.value_or(caller.client_id) + "-" + new_id_();
  // A client that goes away between its two joins must not leave a member behind (KIP-394).
  if (!request.instance_id && caller.takes_member_id) {
    pending_[member_id] = now + request.session_timeout_ms;
    return reply(JoinError(ErrorCode::kMemberIdRequired, member_id));
  }
  AddMember(request, caller, std::move(member_id)).join_reply = std::move(reply);
  PrepareRebalance(now);
}

// A static member came back under a new member id: it takes its old place, without a rebalance
// while nothing changed, and whoever still uses the old id is fenced.
void Group::ReplaceStatic(const JoinRequest& request, const Caller& caller, int64_t now,
                          JoinReply reply) {
  const std::string old_id = static_ids_.at(*request.instance_id);
  Member member = std::move(members_.at(old_id));
  members_.erase(old_id);
  if (member.join_reply) member.join_reply(JoinError(ErrorCode::kFencedInstanceId, old_id));
  if (member.sync_reply) ReplySync(member, ErrorCode::kFencedInstanceId, now);
  member.join_reply = nullptr;
  const bool same = SameWish(protocol_type_, member.protocols, request.protocols);
  member.id = *request.instance_id + "-" + new_id_();
  member.client_id = caller.client_id;
  member.client_host = caller.client_host;
  Update(member, request);
  Touch(member, now);
  static_ids_[*request.instance_id] = member.id;
  const bool led = leader_ == old_id;
  if (led) leader_ = member.id;
  Member& placed = members_.emplace(member.id, std::move(member)).first->second;
  if (state_ == GroupState::kStable && same) {
    JoinResponse response = CurrentGeneration(placed);
    response.skip_assignment = led && caller.may_skip_assignment;  // KIP-814
    // Older clients would assign again: they are told that somebody else leads.
    if (led && !caller.may_skip_assignment) {
      response.leader = old_id;
      response.members.clear();
    }
    return reply(std::move(response));
  }
  placed.join_reply = std::move(reply);
  if (state_ == GroupState::kPreparingRebalance) return MaybeCompleteJoin(now);
  PrepareRebalance(now);
}

void Group::JoinAsKnown(Member& member, const JoinRequest& request, int64_t now, JoinReply reply) {
  const bool same = SameProtocols(member.protocols, request.protocols);
  Touch(member, now);
  const bool answered_already = same && ((state_ == GroupState::kCompletingRebalance) ||
                                         (state_ == GroupState::kStable && member.id != leader_));
  // The member lost our answer, or asks without a reason to rebalance.
  if (answered_already) return reply(CurrentGeneration(member));
  Update(member, request);
  if (member.join_reply) {  // sent twice: only the newest is answered with the result
    member.join_reply(JoinError(ErrorCode::kRebalanceInProgress, member.id));
  }
  member.join_reply = std::move(reply);
  if (state_ == GroupState::kPreparingRebalance) return MaybeCompleteJoin(now);
  PrepareRebalance(now);
}

Group::Member& Group::AddMember(const JoinRequest& request, const Caller& caller,
                                std::string member_id) {
  if (members_.empty()) protocol_type_ = request.protocol_type;
  Member member;
  member.id = member_id;
  member.instance_id = request.instance_id;
  member.client_id = caller.client_id;
  member.client_host = caller.client_host;
  Update(member, request);
  if (member.instance_id) static_ids_[*member.instance_id] = member_id;
  if (leader_.empty()) leader_ = member_id;
  // A newcomer restarts the initial delay, so that members that start together begin together.
  if (state_ == GroupState::kPreparingRebalance && initial_) phase_deadline_ = -1;
  return members_.emplace(std::move(member_id), std::move(member)).first->second;
}

void Group::Update(Member& member, const JoinRequest& request) const {
  member.session_timeout_ms = request.session_timeout_ms;
  // Version 0 has the session's timeout only.
  member.rebalance_timeout_ms =
      request.rebalance_timeout_ms >= 0 ? request.rebalance_timeout_ms : request.session_timeout_ms;
  member.protocols = request.protocols;
}

void Group::Touch(Member& member, int64_t now) const {
  member.deadline = now + member.session_timeout_ms;
}

int32_t Group::RebalanceTimeout() const {
  int32_t longest = 0;
  for (const auto& [id, member] : members_) {
    longest = std::max(longest, member.rebalance_timeout_ms);
  }
  return longest;
}

void Group::PrepareRebalance(int64_t now) {
  if (state_ == GroupState::kPreparingRebalance) {
    if (phase_deadline_ == -1) {
      phase_deadline_ = std::min(now + options_.initial_rebalance_delay_ms, join_limit_);
    }
    return MaybeCompleteJoin(now);
  }
  for (auto& [id, member] : members_) {
    member.assignment.clear();
    if (member.sync_reply) ReplySync(member, ErrorCode::kRebalanceInProgress, now);
  }
  initial_ = state_ == GroupState::kEmpty;
  state_ = GroupState::kPreparingRebalance;
  join_limit_ = now + RebalanceTimeout();
  phase_deadline_ =
      initial_ ? std::min(now + options_.initial_rebalance_delay_ms, join_limit_) : join_limit_;
  MaybeCompleteJoin(now);
}

void Group::MaybeCompleteJoin(int64_t now) {
  if (state_ != GroupState::kPreparingRebalance) return;
  if (now >= phase_deadline_) return CompleteJoin(now);
  if (initial_ || !pending_.empty()) return;
  for (const auto& [id, member] : members_) {
    if (!member.join_reply) return;
  }
  CompleteJoin(now);
}

void Group::CompleteJoin(int64_t now) {
  // Who did not come is out, but static members keep their place until their session ends.
  std::erase_if(members_, [](const auto& entry) {
    return !entry.second.join_reply && !entry.second.instance_id;
  });
  const auto joined = std::ranges::find_if(
      members_, [](const auto& entry) { return static_cast<bool>(entry.second.join_reply); });
  if (joined == members_.end() && !members_.empty()) {
    phase_deadline_ = now + RebalanceTimeout();  // static members only: wait for them
    return;
  }
  ++generation_;
  initial_ = false;
  phase_deadline_ = kNever;
  if (members_.empty()) {
    state_ = GroupState::kEmpty;
    leader_.clear();
    protocol_.clear();
    return;
  }
  if (!members_.contains(leader_) || !members_.at(leader_).join_reply) leader_ = joined->first;
  SelectProtocol();
  state_ = GroupState::kCompletingRebalance;
  phase_deadline_ = now + RebalanceTimeout();
  for (auto& [id, member] : members_) {
    if (const JoinReply reply = std::exchange(member.join_reply, nullptr)) {
      Touch(member, now);
      reply(CurrentGeneration(member));
    }
  }
}

// Each member votes for the first of its protocols that all support; most votes win.
void Group::SelectProtocol() {
  std::map<std::string, size_t> support;
  for (const auto& [id, member] : members_) {
    for (const auto& protocol : member.protocols) ++support[protocol.name];
  }
  std::map<std::string, size_t> votes;
  for (const auto& [id, member] : members_) {
    const auto choice = std::ranges::find_if(member.protocols, [&](const auto& protocol) {
      return support[protocol.name] == members_.size();
    });
    if (choice != member.protocols.end()) ++votes[choice->name];
  }
  const auto best = std::ranges::max_element(
      votes, [](const auto& a, const auto& b) { return a.second < b.second; });
  protocol_ = best == votes.end() ? "" : best->first;
}

bool Group::SharesProtocol(const JoinRequest& request) const {
  return std::ranges::any_of(request.protocols, [&](const auto& offered) {
    return std::ranges::all_of(members_, [&](const auto& entry) {
      return entry.first == request.member_id ||
             std::ranges::any_of(entry.second.protocols,
                                 [&](const auto& has) { return has.name == offered.name; });
    });
  });
}

Group::JoinResponse Group::CurrentGeneration(const Member& member) const {
  JoinResponse response;
  response.generation = generation_;
  response.protocol_type = protocol_type_;
  response.protocol_name = protocol_;
  response.leader = leader_;
  response.member_id = member.id;
  if (member.id != leader_) return response;
  for (const auto& [id, each] : members_) {
    JoinResponse::Member& listed = response.members.emplace_back();
    listed.member_id = id;
    listed.instance_id = each.instance_id;
    const auto chosen = std::ranges::find(each.protocols, protocol_, &JoinRequest::Protocol::name);
    if (chosen != each.protocols.end()) listed.metadata = chosen->metadata;
  }
  return response;
}

void Group::Sync(const SyncRequest& request, int64_t now, SyncReply reply) {
  const auto refuse = [&reply](ErrorCode error) {
    SyncResponse response;
    response.error = error;
    reply(std::move(response));
  };
  const ErrorCode error = CheckMember({request.member_id, request.instance_id, -1});
  if (error != ErrorCode::kNone) return refuse(error);
  if (request.generation != generation_) return refuse(ErrorCode::kIllegalGeneration);
  if ((request.protocol_type && *request.protocol_type != protocol_type_) ||
      (request.protocol_name && *request.protocol_name != protocol_)) {
    return refuse(ErrorCode::kInconsistentGroupProtocol);
  }
  if (state_ == GroupState::kPreparingRebalance) return refuse(ErrorCode::kRebalanceInProgress);
  Member& member = members_.at(request.member_id);
  Touch(member, now);
  if (member.sync_reply) ReplySync(member, ErrorCode::kRebalanceInProgress, now);
  member.sync_reply = std::move(reply);
  if (state_ == GroupState::kStable) return ReplySync(member, ErrorCode::kNone, now);
  if (member.id != leader_) return;
  for (auto& [id, each] : members_) each.assignment.clear();
  for (const auto& given : request.assignments) {
    const auto found = members_.find(given.member_id);
    if (found != members_.end()) found->second.assignment = given.assignment.data;
  }
  FinishSync(now);
}

void Group::FinishSync(int64_t now) {
  state_ = GroupState::kStable;
  phase_deadline_ = kNever;
  for (auto& [id, member] : members_) {
    if (member.sync_reply) ReplySync(member, ErrorCode::kNone, now);
  }
}

// The session starts again: the member could not send heartbeats while it waited.
void Group::ReplySync(Member& member, ErrorCode error, int64_t now) {
  Touch(member, now);
  SyncResponse response;
  response.error = error;
  if (error == ErrorCode::kNone) {
    response.protocol_type = protocol_type_;
    response.protocol_name = protocol_;
    response.assignment.data = member.assignment;
  }
  std::exchange(member.sync_reply, nullptr)(std::move(response));
}

Group::ErrorCode Group::Heartbeat(const MemberRef& ref, int64_t now) {
  if (const ErrorCode error = CheckMember(ref); error != ErrorCode::kNone) return error;
  if (ref.generation != generation_) return ErrorCode::kIllegalGeneration;
  Touch(members_.at(ref.member_id), now);
  return state_ == GroupState::kPreparingRebalance ? ErrorCode::kRebalanceInProgress
                                                   : ErrorCode::kNone;
}

Group::ErrorCode Group::Leave(const MemberRef& ref, int64_t now) {
  MemberRef named = ref;
  if (ref.instance_id && ref.member_id.empty()) {  // an administrator removes by instance id
    const auto found = static_ids_.find(*ref.instance_id);
    if (found == static_ids_.end()) return ErrorCode::kUnknownMemberId;
    named.member_id = found->second;
  }
  if (pending_.erase(named.member_id) > 0) {
    MaybeCompleteJoin(now);
    return ErrorCode::kNone;
  }
  if (const ErrorCode error = CheckMember(named); error != ErrorCode::kNone) return error;
  RemoveMember(named.member_id, now);
  return ErrorCode::kNone;
}

void Group::RemoveMember(const std::string& member_id, int64_t now) {
  auto node = members_.extract(member_id);
  Member& member = node.mapped();
  if (member.join_reply) member.join_reply(JoinError(ErrorCode::kUnknownMemberId, member_id));
  if (member.sync_reply) ReplySync(member, ErrorCode::kUnknownMemberId, now);
  if (member.instance_id) static_ids_.erase(*member.instance_id);
  if (leader_ == member.id) leader_ = members_.empty() ? "" : members_.begin()->first;
  if (state_ == GroupState::kPreparingRebalance) {
    if (members_.empty()) phase_deadline_ = now;
    return MaybeCompleteJoin(now);
  }
  PrepareRebalance(now);
}

Group::ErrorCode Group::CheckCommit(const MemberRef& ref, int64_t now) {
  if (ref.generation < 0 && ref.member_id.empty() && !ref.instance_id) {
    // Simple consumers and administrators, while nobody is in the group.
    return members_.empty() ? ErrorCode::kNone : ErrorCode::kUnknownMemberId;
  }
  if (const ErrorCode error = CheckMember(ref); error != ErrorCode::kNone) return error;
  if (ref.generation != generation_) return ErrorCode::kIllegalGeneration;
  Touch(members_.at(ref.member_id), now);
  return state_ == GroupState::kCompletingRebalance ? ErrorCode::kRebalanceInProgress
                                                    : ErrorCode::kNone;
}

void Group::Tick(int64_t now) {
  std::erase_if(pending_, [now](const auto& entry) { return entry.second <= now; });
  std::set<std::string> gone;
  for (const auto& [id, member] : members_) {
    // Who waits for our answer cannot send heartbeats meanwhile.
    if (!member.join_reply && !member.sync_reply && member.deadline <= now) gone.insert(id);
  }
  if (state_ == GroupState::kCompletingRebalance && phase_deadline_ <= now) {
    // The leader did not assign in time, or followers never asked: they are out.
    for (const auto& [id, member] : members_) {
      if (!member.sync_reply) gone.insert(id);
    }
    phase_deadline_ = kNever;
  }
  for (const std::string& id : gone) {
    if (members_.contains(id)) RemoveMember(id, now);
  }
  MaybeCompleteJoin(now);
}

int64_t Group::NextDeadline() const {
  int64_t next = phase_deadline_;
  for (const auto& [id, until] : pending_) next = std::min(next, until);
  for (const auto& [id, member] : members_) {
    if (!member.join_reply && !member.sync_reply) next = std::min(next, member.deadline);
  }
  return next;
}

void Group::Abandon(ErrorCode error) {
  auto members = std::exchange(members_, {});
  for (auto& [id, member] : members) {
    if (member.join_reply) member.join_reply(JoinError(error, id));
    if (member.sync_reply) ReplySync(member, error, 0);
  }
  pending_.clear();
  static_ids_.clear();
  leader_.clear();
  phase_deadline_ = kNever;
  state_ = GroupState::kEmpty;
}

}  // namespace ticklake::broker
