#include "net/frame_server.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/random.h"
#include "base/uuid.h"
#include "net/test_frames.h"

namespace ticklake::net {
namespace {

class FrameServerTest : public testing::Test {
 protected:
  void SetUp() override {
    FrameServerOptions options;
    options.listen = {"127.0.0.1", 0};
    options.max_frame_bytes = 1 << 20;
    options.name = "test";
    server_ = std::make_unique<FrameServer>(
        runner_, options, [this](boost::asio::any_io_executor executor, const std::string&) {
          return std::make_unique<Echo>(std::move(executor), &gate_);
        });
    ASSERT_TRUE(server_->Start().has_value());
  }

  std::shared_ptr<OneShot<int>> WaitForGate() {
    while (gate_.load() == nullptr) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return gate_.load();
  }

  IoRunner runner_{"test", 2};
  Gate gate_;  // its timer goes before the loop it belongs to
  std::unique_ptr<FrameServer> server_;
};

TEST_F(FrameServerTest, AnswersInOrderHoweverTheBytesArrive) {
  Client client(server_->port());
  std::string stream;
  std::vector<std::string> sent;
  for (int i = 0; i < 300; ++i) {
    sent.push_back(std::string(static_cast<size_t>(i * i), static_cast<char>('a' + i % 26)) +
                   std::to_string(i));
    stream += Client::Framed(sent.back());
  }
  std::thread writer([&] {
    for (size_t at = 0, step = 1; at < stream.size(); at += step, step = step * 3 % 70'001 + 1) {
      client.Write(std::string_view(stream).substr(at, step));
    }
  });
  for (const std::string& expected : sent) ASSERT_EQ(client.Receive(), expected);
  writer.join();
}

TEST_F(FrameServerTest, LaterAnswersOverlapWithTheNextRequestsButKeepTheirPlace) {
  Client client(server_->port());
  client.Send("one");
  client.Send("later");
  client.Send("mute");
  client.Send("spliced");
  EXPECT_EQ(client.Receive(), "one");
  std::thread([gate = WaitForGate()] { gate->Set(42); }).join();
  EXPECT_EQ(client.Receive(), "later 42");
  EXPECT_EQ(client.Receive(), "spl[shared]iced");
  client.Send("bye");
  EXPECT_EQ(client.Receive(), "bye");
  EXPECT_EQ(client.Receive(), "(closed)");
}

TEST_F(FrameServerTest, FilesAreSentAsTheyLie) {
  const std::string path = "/tmp/ticklake-frames-" + Uuid::Random().ToString();
  std::string content;
  for (Random random(1); content.size() < (20 << 20);) AppendBig<uint64_t>(content, random.Next());
  ASSERT_TRUE(PosixFileSystem().WriteFileAtomically(path, content));
  Client client(server_->port());
  client.Send("file " + path);
  const std::string answer = Client::Framed("file" + content + " " + path);
  EXPECT_TRUE(client.Read(20) == answer.substr(0, 20));
  client.Send("two");
  client.Send("file +" + path);
  client.Send("never");
  EXPECT_TRUE(client.Read(answer.size() - 20) == answer.substr(20));
  EXPECT_EQ(client.Receive(), "two");
  EXPECT_EQ(client.Receive(), "(closed)");  // rather than bytes that are not the file's
  ASSERT_TRUE(PosixFileSystem().Remove(path));
}

TEST_F(FrameServerTest, BadFramesCloseTheirConnectionOnly) {
  Client good(server_->port());
  for (const std::string_view bytes :
       {std::string_view("GET / HTTP/1.1\r\n\r\n"), std::string_view("\xff\xff\xff\xff", 4),
        std::string_view("\x00\x10\x00\x01", 4)}) {
    Client bad(server_->port());
    bad.Write(bytes);
    EXPECT_EQ(bad.Receive(), "(closed)");
  }
  Client cut(server_->port());
  cut.Write(
      std::string_view("\x00\x00\x00\x10"
                       "abc",
                       7));
  cut.CloseSending();
  EXPECT_EQ(cut.Receive(), "(closed)");
  good.Send("still here");
  EXPECT_EQ(good.Receive(), "still here");
}

TEST_F(FrameServerTest, StopAnswersWhatHasBegun) {
  Client client(server_->port());
  client.Send("later");
  client.Send("one");
  std::thread setter([gate = WaitForGate()] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    gate->Set(1);
  });
  server_->Stop();
  setter.join();
  EXPECT_EQ(client.Receive(), "later 1");
  EXPECT_EQ(client.Receive(), "one");
  EXPECT_EQ(client.Receive(), "(closed)");
  EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(FrameServerTest, APortInUseIsToldWithANextStep) {
  FrameServerOptions options;
  options.listen = {"127.0.0.1", server_->port()};
  options.listen_option = "--kafka-listen";
  FrameServer second(runner_, options, nullptr);
  const auto started = second.Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, Code::kIo);
  EXPECT_EQ(started.error().message,
            fmt::format("cannot listen on 127.0.0.1:{}: address already in use; stop the other "
                        "process, or choose a free port with --kafka-listen",
                        server_->port()));
}

TEST(Address, ParsesWhatUsersWrite) {
  EXPECT_EQ(ParseHostPort("127.0.0.1:9092"), (HostPort{"127.0.0.1", 9092}));
  EXPECT_EQ(ParseHostPort("[::1]:0"), (HostPort{"::1", 0}));
  EXPECT_EQ(ParseHostPort(":80"), (HostPort{"127.0.0.1", 80}));
  EXPECT_EQ(ParseHostPort("[::1]:7")->ToString(), "[::1]:7");
  for (const char* bad : {"localhost", "::1:9092", "a:b", "a:70000", "a:", "a:1x"}) {
    EXPECT_FALSE(ParseHostPort(bad).has_value()) << bad;
  }
  for (const char* own : {"localhost", "127.0.0.1", "127.9.9.9", "::1"}) {
    EXPECT_TRUE(IsLoopback(own)) << own;
  }
  for (const char* other : {"0.0.0.0", "::", "", "127.evil.example", "10.0.0.1"}) {
    EXPECT_FALSE(IsLoopback(other)) << other;
  }
}

}  // namespace
}  // namespace ticklake::net
