#include "broker/groups/group.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace ticklake::broker {
namespace {

using kafka::protocol::ErrorCode;
using kafka::protocol::JoinGroupRequest;
using kafka::protocol::JoinGroupResponse;
using kafka::protocol::SyncGroupRequest;
using kafka::protocol::SyncGroupResponse;

class GroupTest : public testing::Test {
 protected:
  static JoinGroupRequest Request(std::string member_id,
                                  const std::vector<std::string>& protocols = {"range"}) {
    JoinGroupRequest request;
    request.group_id = "g";
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 30'000;
    request.member_id = std::move(member_id);
    request.protocol_type = "consumer";
    for (const std::string& name : protocols) {
      request.protocols.push_back({name, {"metadata of " + name}});
    }
    return request;
  }
  // Joins and gives the place where the answer will appear.
  std::shared_ptr<std::optional<JoinGroupResponse>> Join(const JoinGroupRequest& request) {
    auto answer = std::make_shared<std::optional<JoinGroupResponse>>();
    group_.Join(request, caller_, now_, [answer](JoinGroupResponse r) { *answer = std::move(r); });
    return answer;
  }
  std::shared_ptr<std::optional<SyncGroupResponse>> Sync(const std::string& member,
                                                         SyncGroupRequest request = {}) {
    request.group_id = "g";
    request.member_id = member;
    request.generation = group_.generation();
    auto answer = std::make_shared<std::optional<SyncGroupResponse>>();
    group_.Sync(request, now_, [answer](SyncGroupResponse r) { *answer = std::move(r); });
    return answer;
  }
  // A member id from the first half of the handshake.
  std::string Welcome() {
    const auto answer = Join(Request(""));
    EXPECT_EQ((*answer)->error, ErrorCode::kMemberIdRequired);
    return (*answer)->member_id;
  }
  void Pass(int64_t ms) {
    for (const int64_t end = now_ + ms; now_ < end; now_ += 10) group_.Tick(now_);
    group_.Tick(now_);
  }
  // Two members in a stable group; the first leads.
  std::pair<std::string, std::string> StablePair() {
    const std::string a = Welcome();
    const std::string b = Welcome();
    Join(Request(a));
    Join(Request(b));
    Pass(200);
    Sync(b);
    SyncGroupRequest request;
    request.assignments = {{a, {"part of a"}}, {b, {"part of b"}}};
    Sync(a, request);
    EXPECT_EQ(group_.state(), GroupState::kStable);
    return {a, b};
  }
  ErrorCode Beat(const std::string& member) {
    return group_.Heartbeat({member, {}, group_.generation()}, now_);
  }

  GroupOptions options_;
  int next_id_ = 0;
  int64_t now_ = 1000;
  Group::Caller caller_{.client_id = "client", .client_host = "/127.0.0.1"};
  Group group_{"g", options_, [this] { return std::to_string(++next_id_); }};
};

TEST_F(GroupTest, TwoMembersJoinTogetherAndGetTheLeadersAssignment) {
  const std::string a = Welcome();
  const auto join_a = Join(Request(a));
  EXPECT_FALSE(join_a->has_value()) << "the initial delay has not passed";
  const std::string b = Welcome();
  const auto join_b = Join(Request(b));
  Pass(150);
  ASSERT_TRUE(join_a->has_value() && join_b->has_value());
  EXPECT_EQ((*join_a)->error, ErrorCode::kNone);
  EXPECT_EQ((*join_a)->generation, 1);
  EXPECT_EQ((*join_a)->leader, a);
  EXPECT_EQ((*join_a)->members.size(), 2U);
  EXPECT_EQ((*join_a)->members[0].metadata.data, "metadata of range");
  EXPECT_TRUE((*join_b)->members.empty()) << "only the leader sees the others";

  const auto sync_b = Sync(b);
  EXPECT_FALSE(sync_b->has_value());
  SyncGroupRequest request;
  request.assignments = {{a, {"part of a"}}, {b, {"part of b"}}};
  const auto sync_a = Sync(a, request);
  EXPECT_EQ((*sync_a)->assignment.data, "part of a");
  EXPECT_EQ((*sync_b)->assignment.data, "part of b");
  EXPECT_EQ(Beat(a), ErrorCode::kNone);
}

TEST_F(GroupTest, ANewcomerMakesTheOthersRejoin) {
  const auto [a, b] = StablePair();
  const std::string c = Welcome();
  const auto join_c = Join(Request(c));
  EXPECT_EQ(Beat(a), ErrorCode::kRebalanceInProgress);
  const auto join_a = Join(Request(a));
  EXPECT_FALSE(join_c->has_value());
  const auto join_b = Join(Request(b));
  ASSERT_TRUE(join_a->has_value() && join_b->has_value() && join_c->has_value());
  EXPECT_EQ((*join_c)->generation, 2);
  EXPECT_EQ(group_.members().size(), 3U);
}

TEST_F(GroupTest, WhoDoesNotRejoinInTimeIsOut) {
  const auto [a, b] = StablePair();
  const auto join_a = Join(Request(a, {"range", "sticky"}));  // the leader asks for a rebalance
  for (int i = 0; i < 4; ++i) {
    Pass(7'000);
    if (i < 3) {
      EXPECT_EQ(Beat(b), ErrorCode::kRebalanceInProgress);
    }
  }
  Pass(3'000);
  ASSERT_TRUE(join_a->has_value());
  EXPECT_EQ((*join_a)->members.size(), 1U);
  EXPECT_EQ(Beat(b), ErrorCode::kUnknownMemberId);
}

TEST_F(GroupTest, ASilentMemberLosesItsSession) {
  const auto [a, b] = StablePair();
  Pass(6'000);
  EXPECT_EQ(Beat(a), ErrorCode::kNone);
  Pass(6'000);
  EXPECT_EQ(Beat(a), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(group_.members().count(b), 0U);
  EXPECT_EQ((*Join(Request(a)))->generation, 2);
}

TEST_F(GroupTest, LeavingRebalancesAtOnceAndTheLastOneEmptiesTheGroup) {
  const auto [a, b] = StablePair();
  EXPECT_EQ(group_.Leave({a, {}, -1}, now_), ErrorCode::kNone);
  EXPECT_EQ(Beat(b), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ((*Join(Request(b)))->leader, b);
  EXPECT_EQ(group_.Leave({a, {}, -1}, now_), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group_.Leave({b, {}, -1}, now_), ErrorCode::kNone);
  EXPECT_EQ(group_.state(), GroupState::kEmpty);
  EXPECT_EQ(group_.NextDeadline(), Group::kNever);
}

TEST_F(GroupTest, GenerationsAreChecked) {
  const auto [a, b] = StablePair();
  EXPECT_EQ(group_.Heartbeat({a, {}, 7}, now_), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(group_.Heartbeat({"other", {}, 1}, now_), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group_.CheckCommit({a, {}, 1}, now_), ErrorCode::kNone);
  EXPECT_EQ(group_.CheckCommit({a, {}, 0}, now_), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(group_.CheckCommit({"", {}, -1}, now_), ErrorCode::kUnknownMemberId)
      << "nobody outside may move the offsets of a group at work";
}

TEST_F(GroupTest, ProtocolsMustBeShared) {
  const std::string a = Welcome();
  const std::string b = Welcome();
  Join(Request(a, {"sticky", "range"}));
  EXPECT_EQ((*Join(Request("", {"other"})))->error, ErrorCode::kInconsistentGroupProtocol);
  const auto join_b = Join(Request(b, {"range"}));
  Pass(200);
  EXPECT_EQ((*join_b)->protocol_name, "range");
  JoinGroupRequest other_type = Request("");
  other_type.protocol_type = "connect";
  EXPECT_EQ((*Join(other_type))->error, ErrorCode::kInconsistentGroupProtocol);
  JoinGroupRequest hasty = Request("");
  hasty.session_timeout_ms = 10;
  EXPECT_EQ((*Join(hasty))->error, ErrorCode::kInvalidSessionTimeout);
}

TEST_F(GroupTest, AStaticMemberComesBackWithoutARebalanceAndFencesItsOldSelf) {
  JoinGroupRequest request = Request("");
  request.instance_id = "one";
  const auto first = Join(request);
  const std::string b = Welcome();
  Join(Request(b));
  Pass(200);
  const std::string old_id = (*first)->member_id;
  SyncGroupRequest assign;
  assign.instance_id = "one";
  assign.assignments = {{old_id, {"part one"}}, {b, {"part b"}}};
  Sync(old_id, assign);
  Sync(b);

  caller_.may_skip_assignment = true;
  const auto again = Join(request);
  ASSERT_TRUE(again->has_value());
  EXPECT_EQ((*again)->error, ErrorCode::kNone);
  EXPECT_TRUE((*again)->skip_assignment);
  EXPECT_EQ((*again)->generation, 1);
  EXPECT_NE((*again)->member_id, old_id);
  SyncGroupRequest plain;
  plain.instance_id = "one";
  EXPECT_EQ((*Sync((*again)->member_id, plain))->assignment.data, "part one");
  EXPECT_EQ(group_.Heartbeat({old_id, "one", 1}, now_), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(Beat(b), ErrorCode::kNone);
}

TEST_F(GroupTest, AStaticLeaderOfAnOlderClientComesBackAsAFollower) {
  const auto wish = [](const std::string& topic, const std::string& owned) {
    return std::string("\0\1\0\0\0\1\0\1", 8) + topic + owned;  // version 1, one topic
  };
  JoinGroupRequest request = Request("");
  request.instance_id = "one";
  request.protocols[0].metadata.data = wish("t", "owns nothing");
  const auto first = Join(request);
  Pass(200);
  const std::string old_id = (*first)->member_id;
  EXPECT_EQ((*first)->leader, old_id);
  SyncGroupRequest assign;
  assign.instance_id = "one";
  assign.assignments = {{old_id, {"part one"}}};
  Sync(old_id, assign);

  request.protocols[0].metadata.data = wish("t", "owns part one");
  const auto again = Join(request);
  ASSERT_TRUE(again->has_value()) << "no rebalance: it wants what it wanted";
  EXPECT_EQ((*again)->generation, 1);
  EXPECT_EQ((*again)->leader, old_id) << "it must not assign";
  EXPECT_TRUE((*again)->members.empty());
  SyncGroupRequest plain;
  plain.instance_id = "one";
  EXPECT_EQ((*Sync((*again)->member_id, plain))->assignment.data, "part one");

  request.protocols[0].metadata.data = wish("u", "owns part one");
  Join(request);
  EXPECT_EQ(group_.state(), GroupState::kCompletingRebalance) << "it wants another topic";
  EXPECT_EQ(group_.generation(), 2);
}

TEST_F(GroupTest, ALeaderThatNeverAssignsIsReplaced) {
  const std::string a = Welcome();
  const std::string b = Welcome();
  Join(Request(a));
  Join(Request(b));
  Pass(200);
  const auto sync_b = Sync(b);
  Pass(10'010);
  ASSERT_TRUE(sync_b->has_value());
  EXPECT_EQ((*sync_b)->error, ErrorCode::kRebalanceInProgress);
  EXPECT_EQ((*Join(Request(b)))->leader, b);
}

TEST_F(GroupTest, AMemberIdThatIsNotUsedDoesNotHoldUpARebalanceForEver) {
  const auto [a, b] = StablePair();
  Welcome();
  const auto join_a = Join(Request(a));
  const auto join_b = Join(Request(b));
  EXPECT_FALSE(join_b->has_value()) << "the newcomer is given time to join";
  Pass(10'010);
  EXPECT_TRUE(join_a->has_value() && join_b->has_value());
}

// Whatever members do, in any order: every request is answered exactly once, a stable group has one
// leader among its members, and generations never go back.
TEST_F(GroupTest, RandomHistoriesKeepTheInvariants) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    Group group("g", options_, [this] { return std::to_string(++next_id_); });
    int64_t asked = 0;
    int64_t answered = 0;
    int32_t generation = 0;
    std::vector<std::string> ids;
    for (int step = 0; step < 300; ++step) {
      now_ += random.Between(0, 3000);
      const std::string id =
          ids.empty() || random.Chance(1, 6) ? "" : ids[random.Below(ids.size())];
      switch (random.Below(5)) {
        case 0:
        case 1: {
          JoinGroupRequest request = Request(id);
          if (id.empty() && random.Chance(1, 3))
            request.instance_id = std::to_string(random.Below(3));
          ++asked;
          group.Join(request, caller_, now_, [&](const JoinGroupResponse& response) {
            ++answered;
            if (!response.member_id.empty()) ids.push_back(response.member_id);
          });
          break;
        }
        case 2: {
          SyncGroupRequest request;
          request.member_id = id;
          request.generation = group.generation();
          ++asked;
          group.Sync(request, now_, [&](const SyncGroupResponse&) { ++answered; });
          break;
        }
        case 3: group.Heartbeat({id, {}, group.generation()}, now_); break;
        default:
          if (random.Chance(1, 4)) group.Leave({id, {}, -1}, now_);
          break;
      }
      group.Tick(now_);
      ASSERT_GE(group.generation(), generation);
      generation = group.generation();
      ASSERT_GT(group.NextDeadline(), now_);
      int64_t waiting = 0;
      for (const auto& [member_id, member] : group.members()) {
        waiting += (member.join_reply ? 1 : 0) + (member.sync_reply ? 1 : 0);
      }
      ASSERT_EQ(asked, answered + waiting);
      ASSERT_EQ(group.members().empty(), group.state() == GroupState::kEmpty);
    }
    group.Abandon(ErrorCode::kCoordinatorNotAvailable);
    ASSERT_EQ(asked, answered);
  }
}

// Member ids that were given out count, too: a client may ask for any number of them.
TEST_F(GroupTest, AFullGroupGivesOutNoMoreMemberIds) {
  options_.max_size = 3;
  const size_t empty = group_.Bytes();
  const std::string first = Welcome();
  Welcome();
  Welcome();
  EXPECT_EQ((*Join(Request("")))->error, ErrorCode::kGroupMaxSizeReached);
  const auto known = Join(Request(first));
  Pass(1000);
  ASSERT_TRUE(known->has_value());
  EXPECT_EQ((*known)->error, ErrorCode::kNone);
  const size_t held = group_.Bytes();
  EXPECT_GT(held, empty + 500);
  Pass(60'000);  // the others never came
  EXPECT_LT(group_.Bytes(), held);
}

}  // namespace
}  // namespace ticklake::broker
