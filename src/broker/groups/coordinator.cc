#include "broker/groups/coordinator.h"

#include <algorithm>

#include "base/log.h"
#include "base/uuid.h"
#include "broker/groups/subscription.h"

namespace ticklake::broker {

using kafka::protocol::DescribeGroupsResponse;
using kafka::protocol::ListGroupsResponse;

namespace {

constexpr int64_t kLongestTick = 1000;        // ms
constexpr int64_t kExpiryInterval = 600'000;  // ms; offsets.retention.check.interval.ms

// What a member of that request takes, at most.
size_t SizeOf(const Group::JoinRequest& request, const Group::Caller& caller) {
  constexpr size_t kEach = 1024;
  size_t bytes = kEach + 2 * request.group_id.size() + 3 * request.instance_id.value_or("").size() +
                 4 * caller.client_id.size();
  for (const auto& protocol : request.protocols) {
    bytes += sizeof(protocol) + protocol.name.size() + protocol.metadata.data.size();
  }
  return bytes;
}

size_t SizeOf(const Group::SyncRequest& request) {
  size_t bytes = 0;
  for (const auto& assignment : request.assignments) bytes += assignment.assignment.data.size();
  return bytes;
}

GroupCoordinator::ErrorCode FromStore(const Result<void>& stored) {
  return stored ? GroupCoordinator::ErrorCode::kNone
                : GroupCoordinator::ErrorCode::kKafkaStorageError;
}

}  // namespace

GroupCoordinator::GroupCoordinator(GroupOptions options, int64_t offset_retention_ms,
                                   OffsetStore& offsets, const Clock& clock)
    : options_(options),
      offset_retention_ms_(offset_retention_ms),
      offsets_(offsets),
      clock_(clock),
      wall_(clock) {}

Group* GroupCoordinator::Find(const std::string& group) {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : found->second.get();
}

const Group* GroupCoordinator::Find(const std::string& group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : found->second.get();
}

void GroupCoordinator::NoteDeadline(const Group& group) {
  const int64_t next = group.NextDeadline();
  if (next >= next_tick_) return;
  next_tick_ = next;
  if (wake_) wake_();
}

// Whether so many bytes more may be kept for groups. What came since the last look is summed up as
// it came; what left since is noticed by the next look, at most a second later.
bool GroupCoordinator::HasRoom(size_t bytes) {
  if (held_bytes_ + bytes > options_.max_bytes) return false;
  held_bytes_ += bytes;
  return true;
}

void GroupCoordinator::Join(const Group::JoinRequest& request, const Group::Caller& caller,
                            Group::JoinReply reply) {
  const auto refuse = [&](ErrorCode error) {
    Group::JoinResponse response;
    response.error = error;
    response.member_id = request.member_id;
    reply(std::move(response));
  };
  const std::lock_guard lock(mutex_);
  if (stopped_) return refuse(ErrorCode::kCoordinatorNotAvailable);
  if (request.group_id.empty()) return refuse(ErrorCode::kInvalidGroupId);
  if (!HasRoom(SizeOf(request, caller))) return refuse(ErrorCode::kGroupMaxSizeReached);
  Group* group = Find(request.group_id);
  if (group == nullptr) {
    if (!request.member_id.empty()) return refuse(ErrorCode::kUnknownMemberId);
    group = groups_
                .emplace(request.group_id,
                         std::make_unique<Group>(request.group_id, options_,
                                                 [] { return Uuid::Random().ToString(); }))
                .first->second.get();
  }
  group->Join(request, caller, Now(), std::move(reply));
  NoteDeadline(*group);
}

void GroupCoordinator::Sync(const Group::SyncRequest& request, Group::SyncReply reply) {
  const std::lock_guard lock(mutex_);
  Group* const group = stopped_ ? nullptr : Find(request.group_id);
  if (group != nullptr && HasRoom(SizeOf(request))) {
    group->Sync(request, Now(), std::move(reply));
    return NoteDeadline(*group);
  }
  Group::SyncResponse response;
  response.error = group != nullptr ? ErrorCode::kGroupMaxSizeReached
                   : stopped_       ? ErrorCode::kCoordinatorNotAvailable
                                    : ErrorCode::kUnknownMemberId;
  reply(std::move(response));
}

GroupCoordinator::ErrorCode GroupCoordinator::Heartbeat(const std::string& group_id,
                                                        const Group::MemberRef& ref) {
  const std::lock_guard lock(mutex_);
  Group* group = Find(group_id);
  return group == nullptr ? ErrorCode::kUnknownMemberId : group->Heartbeat(ref, Now());
}

GroupCoordinator::ErrorCode GroupCoordinator::Leave(const std::string& group_id,
                                                    const Group::MemberRef& ref) {
  const std::lock_guard lock(mutex_);
  Group* group = Find(group_id);
  if (group == nullptr) return ErrorCode::kUnknownMemberId;
  const ErrorCode error = group->Leave(ref, Now());
  NoteDeadline(*group);
  return error;
}

void GroupCoordinator::Commit(const std::string& group_id, const Group::MemberRef& ref,
                              std::vector<OffsetEntry> entries, Done done) {
  ErrorCode error = ErrorCode::kNone;
  {
    const std::lock_guard lock(mutex_);
    if (Group* group = Find(group_id)) {
      error = group->CheckCommit(ref, Now());
    } else if (ref.generation >= 0) {
      error = ErrorCode::kIllegalGeneration;  // the group was forgotten, by a restart for instance
    }
  }
  if (group_id.empty()) error = ErrorCode::kInvalidGroupId;
  if (error != ErrorCode::kNone || entries.empty()) return done(error);
  if (!offsets_.HasRoom(group_id, entries)) return done(ErrorCode::kInvalidCommitOffsetSize);
  for (OffsetEntry& entry : entries) entry.commit_time_ms = clock_.NowMillis();
  offsets_.Write({OffsetRecord::Kind::kCommit, group_id, std::move(entries)},
                 [done = std::move(done)](const Result<void>& stored) { done(FromStore(stored)); });
}

DescribeGroupsResponse::Group GroupCoordinator::Describe(const std::string& group_id) const {
  const std::lock_guard lock(mutex_);
  DescribeGroupsResponse::Group described;
  described.group_id = group_id;
  const Group* group = Find(group_id);
  if (group == nullptr) {
    const bool known = !offsets_.All(group_id).empty();
    described.state = known ? GroupStateName(GroupState::kEmpty) : "Dead";
    if (!known) described.error = ErrorCode::kGroupIdNotFound;
    return described;
  }
  described.state = GroupStateName(group->state());
  described.protocol_type = group->protocol_type();
  described.protocol = group->state() == GroupState::kStable ? group->protocol() : "";
  for (const auto& [id, member] : group->members()) {
    auto& listed = described.members.emplace_back();
    listed.member_id = id;
    listed.instance_id = member.instance_id;
    listed.client_id = member.client_id;
    listed.client_host = member.client_host;
    if (group->state() != GroupState::kStable) continue;
    listed.assignment.data = member.assignment;
    for (const auto& protocol : member.protocols) {
      if (protocol.name == group->protocol()) listed.metadata = protocol.metadata;
    }
  }
  return described;
}

std::vector<ListGroupsResponse::Group> GroupCoordinator::List() const {
  std::map<std::string, ListGroupsResponse::Group> all;
  for (const std::string& name : offsets_.Groups()) {
    all[name] = {name, "", GroupStateName(GroupState::kEmpty), "classic"};
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [name, group] : groups_) {
    all[name] = {name, group->protocol_type(), GroupStateName(group->state()), "classic"};
  }
  std::vector<ListGroupsResponse::Group> listed;
  listed.reserve(all.size());
  for (auto& [name, group] : all) listed.push_back(std::move(group));
  return listed;
}

GroupCoordinator::ErrorCode GroupCoordinator::CheckExists(const std::string& group_id) const {
  const std::lock_guard lock(mutex_);
  const bool known = Find(group_id) != nullptr || !offsets_.All(group_id).empty();
  return known ? ErrorCode::kNone : ErrorCode::kGroupIdNotFound;
}

void GroupCoordinator::Delete(const std::string& group_id, Done done) {
  if (const ErrorCode error = CheckExists(group_id); error != ErrorCode::kNone) return done(error);
  {
    const std::lock_guard lock(mutex_);
    const Group* group = Find(group_id);
    if (group != nullptr && !group->members().empty()) return done(ErrorCode::kNonEmptyGroup);
    groups_.erase(group_id);
  }
  offsets_.Write({OffsetRecord::Kind::kDeleteGroup, group_id, {}},
                 [done = std::move(done)](const Result<void>& stored) { done(FromStore(stored)); });
}

bool GroupCoordinator::Subscribes(const std::string& group_id, const std::string& topic) const {
  const std::lock_guard lock(mutex_);
  const Group* group = Find(group_id);
  if (group == nullptr || group->protocol_type() != "consumer") return false;
  return std::ranges::any_of(group->members(), [&](const auto& entry) {
    return std::ranges::any_of(entry.second.protocols, [&](const auto& protocol) {
      const auto topics = SubscribedTopics(protocol.metadata.data);
      return std::ranges::find(topics, topic) != topics.end();
    });
  });
}

void GroupCoordinator::DeleteOffsets(const std::string& group_id, std::vector<OffsetEntry> entries,
                                     Done done) {
  if (entries.empty()) return done(ErrorCode::kNone);
  offsets_.Write({OffsetRecord::Kind::kDelete, group_id, std::move(entries)},
                 [done = std::move(done)](const Result<void>& stored) { done(FromStore(stored)); });
}

void GroupCoordinator::ForgetTopic(const std::string& topic) {
  for (const std::string& name : offsets_.Groups()) {
    std::vector<OffsetEntry> entries = offsets_.All(name);
    std::erase_if(entries, [&](const OffsetEntry& entry) { return entry.topic != topic; });
    DeleteOffsets(name, std::move(entries), [](ErrorCode) {});
  }
}

int64_t GroupCoordinator::Tick() {
  const std::lock_guard lock(mutex_);
  const int64_t now = Now();
  next_tick_ = now + kLongestTick;
  size_t held = 0;
  for (const auto& [name, group] : groups_) {
    group->Tick(now);
    next_tick_ = std::min(next_tick_, group->NextDeadline());
    held += group->Bytes();
  }
  held_bytes_ = held;
  if (now >= next_expiry_) {
    next_expiry_ = now + kExpiryInterval;
    DropExpired();
  }
  return std::max<int64_t>(next_tick_ - now, 0);
}

// Positions that nobody in a group has committed for longer than the retention; and groups that
// have neither members nor positions.
void GroupCoordinator::DropExpired() {
  const bool by_age = offset_retention_ms_ >= 0 && wall_.Steady();
  const int64_t oldest = clock_.NowMillis() - offset_retention_ms_;
  for (const std::string& name : offsets_.Groups()) {
    const Group* group = Find(name);
    if (!by_age || (group != nullptr && !group->members().empty())) continue;
    std::vector<OffsetEntry> expired = offsets_.All(name);
    std::erase_if(expired,
                  [&](const OffsetEntry& entry) { return entry.commit_time_ms >= oldest; });
    if (expired.empty()) continue;
    spdlog::info("group '{}': dropping {} committed offsets older than the retention", name,
                 expired.size());
    DeleteOffsets(name, std::move(expired), [](ErrorCode) {});
  }
  std::erase_if(groups_, [this](const auto& entry) {
    return entry.second->members().empty() && entry.second->NextDeadline() == Group::kNever &&
           offsets_.All(entry.first).empty();
  });
}

void GroupCoordinator::OnEarlierDeadline(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void GroupCoordinator::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [name, group] : groups_) group->Abandon(ErrorCode::kCoordinatorNotAvailable);
}

}  // namespace ticklake::broker
