// What clients that take too much, too slowly, or too many connections meet.

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "base/uuid.h"
#include "net/frame_server.h"
#include "net/test_frames.h"

namespace ticklake::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ByteBudgetTest, IsNeverExceededButByOne) {
  ByteBudget budget(100);
  EXPECT_TRUE(budget.TryTake(60));
  EXPECT_FALSE(budget.pressed());
  EXPECT_FALSE(budget.TryTake(41));
  EXPECT_TRUE(budget.pressed());
  EXPECT_FALSE(budget.TryTake(20, 25)) << "would leave 20";
  EXPECT_TRUE(budget.TryTake(15, 25));
  budget.Give(15);
  const int one = 1;
  const int other = 2;
  EXPECT_TRUE(budget.TryTakeBeyond(500, &one));
  EXPECT_TRUE(budget.TryTakeBeyond(500, &one));
  EXPECT_FALSE(budget.TryTakeBeyond(1, &other));
  EXPECT_EQ(budget.available(), 0U);
  budget.Give(1000);
  budget.EndBeyond(&other);  // is not the one
  EXPECT_FALSE(budget.TryTakeBeyond(41, &other));
  budget.EndBeyond(&one);
  EXPECT_TRUE(budget.TryTakeBeyond(41, &other));
  EXPECT_EQ(budget.used(), 101U);
  {
    const ByteLease lease(&budget, 101);
  }
  EXPECT_EQ(budget.used(), 0U);
}

class FrameLimitsTest : public testing::Test {
 protected:
  FrameLimitsTest() {
    options_.listen = {"127.0.0.1", 0};
    options_.name = "test";
    options_.max_frame_bytes = 8 << 20;
    options_.request_bytes = &requests_;
    options_.answer_bytes = &answers_;
  }
  void Start() {
    server_ = std::make_unique<FrameServer>(
        runner_, options_, [this](boost::asio::any_io_executor executor, const std::string&) {
          return std::make_unique<Echo>(std::move(executor), &gate_);
        });
    ASSERT_TRUE(server_->Start().has_value());
  }
  // Sends a frame's length and so many bytes of it.
  static void SendPart(Client& client, uint32_t claim, size_t bytes) {
    std::string part;
    AppendBig<uint32_t>(part, claim);
    client.Write(part + std::string(bytes, 'x'));
  }
  template <class Condition>
  static bool Soon(Condition condition) {
    for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(milliseconds(10));
    return condition();
  }

  FrameServerOptions options_;
  ByteBudget requests_{1 << 20};
  ByteBudget answers_{9 << 20};
  IoRunner runner_{"test", 2};
  Gate gate_;  // its timer goes before the loop it belongs to
  std::unique_ptr<FrameServer> server_;
};

TEST_F(FrameLimitsTest, MemoryIsTakenAsBytesArriveAndGivenBack) {
  Start();
  {
    Client client(server_->port());
    SendPart(client, 8 << 20, 100);
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_LE(requests_.used(), 64U << 10);
    client.Write(std::string((8 << 20) - 100, 'x'));
    EXPECT_EQ(client.Receive().size(), 8U << 20);  // larger than the budget: one at a time may be
  }
  EXPECT_TRUE(Soon([&] { return requests_.used() == 0 && answers_.used() == 0; }));
}

TEST_F(FrameLimitsTest, WhoDawdlesWithMemoryGoesWhenOthersNeedIt) {
  options_.hurried_pace = {seconds(1), 1 << 20};
  Start();
  std::vector<std::unique_ptr<Client>> hoarders;
  for (int i = 0; i < 6; ++i) {
    hoarders.push_back(std::make_unique<Client>(server_->port()));
    std::thread([&client = *hoarders.back()] { SendPart(client, 4 << 20, 300 << 10); }).join();
  }
  Client honest(server_->port());
  const std::string large(700 << 10, 'h');
  honest.Send(large);
  EXPECT_EQ(honest.Receive(), large);
  EXPECT_TRUE(Soon([&] { return server_->connections() < 7; }));
}

TEST_F(FrameLimitsTest, UnreadAnswersAreBoundedAndTheirReaderGoes) {
  options_.pace = {seconds(1), 1024};
  Start();
  Client deaf(server_->port());
  ASSERT_TRUE(Soon([&] { return server_->connections() == 1; }));
  const std::string large(3 << 20, 'd');
  std::thread sender([&] {
    try {
      for (int i = 0; i < 100; ++i) deaf.Send(large);
      ADD_FAILURE() << "it was not cut off";
    } catch (const boost::system::system_error& cut_off) {
      EXPECT_TRUE(cut_off.code().failed());
    }
  });
  size_t most = 0;
  EXPECT_TRUE(Soon([&] {
    most = std::max(most, answers_.used());
    return server_->connections() == 0;
  }));
  sender.join();
  EXPECT_LE(most, answers_.limit());
  EXPECT_EQ(answers_.used(), 0U);
}

TEST_F(FrameLimitsTest, ATrickleIsCutOff) {
  options_.pace = {seconds(1), 1024};
  Start();
  Client slow(server_->port());
  ASSERT_TRUE(Soon([&] { return server_->connections() == 1; }));
  SendPart(slow, 100'000, 0);
  EXPECT_TRUE(Soon([&] {
    try {
      slow.Write("x");
    } catch (const boost::system::system_error&) {
    }
    return server_->connections() == 0;
  }));
}

TEST_F(FrameLimitsTest, TheLongestIdleMakesPlaceForANewcomer) {
  options_.max_connections = 3;
  Start();
  Client idle(server_->port());
  idle.Send("hello");
  EXPECT_EQ(idle.Receive(), "hello");
  Client busy(server_->port());
  Client other(server_->port());
  const auto until = std::chrono::steady_clock::now() + milliseconds(2500);
  while (std::chrono::steady_clock::now() < until) {
    for (Client* client : {&busy, &other}) {
      client->Send("still");
      ASSERT_EQ(client->Receive(), "still");
    }
    std::this_thread::sleep_for(milliseconds(100));
  }
  Client newcomer(server_->port());
  newcomer.Send("new");
  EXPECT_EQ(newcomer.Receive(), "new");
  EXPECT_EQ(idle.Receive(), "(closed)");
  busy.Send("still");
  EXPECT_EQ(busy.Receive(), "still");
}

// Clients that read none of their answers: those take as many bytes of files as they like.
TEST_F(FrameLimitsTest, WhatLiesInAFileNeedsNoMemory) {
  Start();
  const std::string path = "/tmp/ticklake-frames-" + Uuid::Random().ToString();
  ASSERT_TRUE(PosixFileSystem().WriteFileAtomically(path, std::string(12 << 20, 'f')));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Client>(server_->port()));
    for (int n = 0; n < 5; ++n) clients.back()->Send("file " + path);
  }
  for (const auto& client : clients) EXPECT_EQ(client->Read(8).substr(4), "file");
  EXPECT_LT(answers_.used(), size_t{1} << 20);
  for (int n = 0; n < 5; ++n) {
    EXPECT_EQ(clients[0]->Read(12 << 20).size(), size_t{12} << 20);
  }
  clients.clear();
  EXPECT_TRUE(Soon([&] { return answers_.used() == 0; }));
  EXPECT_TRUE(PosixFileSystem().Remove(path));
}

}  // namespace
}  // namespace ticklake::net
