#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "net/http_client.h"
#include "net/http_server.h"
#include "net/url.h"

namespace ticklake::net {
namespace {

using boost::asio::ip::tcp;
using std::chrono::milliseconds;
using testing::HasSubstr;

class HttpTest : public testing::Test {
 protected:
  void Start(HttpServerOptions options = {}) {
    options.routes.push_back(
        {"GET", "/hello", [](const HttpRequest& request, HttpReply& reply) {
           const auto name = request.query.find("name");
           reply.Send(200, "text/plain",
                      "hello " + (name == request.query.end() ? "you" : name->second));
         }});
    options.routes.push_back({"POST", "/echo", [](const HttpRequest& request, HttpReply& reply) {
                                reply.Send(200, "text/plain", request.body);
                              }});
    options.routes.push_back({"GET", "/stream", [](const HttpRequest&, HttpReply& reply) {
                                ASSERT_TRUE(reply.Begin(200, "text/plain"));
                                for (int i = 0; i < 100; ++i)
                                  ASSERT_TRUE(reply.Write(std::string(1000, 'x')));
                              }});
    options.routes.push_back({"GET", "/fields", [](const HttpRequest& request, HttpReply& reply) {
                                reply.AddField("Ticklake-Head", "a\r\nb");
                                if (request.query.empty())
                                  return reply.Send(200, "text/plain", "whole");
                                ASSERT_TRUE(reply.Begin(200, "text/plain"));
                                ASSERT_TRUE(reply.Write("piece"));
                                reply.AddField("Ticklake-End", "z");
                              }});
    options.routes.push_back({"GET", "/broken", [](const HttpRequest&, HttpReply& reply) {
                                ASSERT_TRUE(reply.Begin(200, "text/plain"));
                                ASSERT_TRUE(reply.Write("half"));
                                reply.Abort();
                              }});
    options.routes.push_back({"GET", "/throws", [](const HttpRequest&, HttpReply&) {
                                throw std::runtime_error("oops");
                              }});
    options.routes.push_back({"GET", "/silent", [](const HttpRequest&, HttpReply&) {}});
    options.routes.push_back({"GET", "/wait",
                              [this](const HttpRequest& request, HttpReply& reply) {
                                ++waiting_;
                                while (!request.cancel.stop_requested())
                                  std::this_thread::sleep_for(milliseconds(1));
                                ++cancelled_;
                                reply.Send(503, "text/plain", "stopped");
                              },
                              true});
    auto server = HttpServer::Start(std::move(options));
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  HttpAnswer Fetch(std::string method, std::string target, std::string body = "") {
    HttpCall call;
    call.port = server_->port();
    call.method = std::move(method);
    call.target = std::move(target);
    call.body = std::move(body);
    auto answer = HttpFetch(call);
    if (!answer)
      return {.status = -1,
              .content_type = CodeName(answer.error().code),
              .body = answer.error().message};
    return *answer;
  }

  // Sends raw bytes and returns all that comes until the server closes or `until` is seen.
  std::string Raw(std::string_view bytes, std::string_view until = "") {
    boost::asio::io_context context;
    tcp::socket socket(context);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
    boost::asio::write(socket, boost::asio::buffer(bytes));
    std::string all;
    boost::system::error_code error;
    std::array<char, 4096> piece;
    while (!error && (until.empty() || all.find(until) == std::string::npos)) {
      const size_t size = socket.read_some(boost::asio::buffer(piece), error);
      all.append(piece.data(), size);
    }
    return all;
  }

  void WaitFor(const std::atomic<int>& counter) const {
    for (int i = 0; i < 2000 && counter == 0; ++i) std::this_thread::sleep_for(milliseconds(2));
  }

  std::atomic<int> waiting_{0};
  std::atomic<int> cancelled_{0};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpTest, FieldsOfHeadAndTrailer) {
  Start();
  const auto whole = Fetch("GET", "/fields");
  EXPECT_EQ(whole.body, "whole");
  EXPECT_EQ(whole.fields.at("ticklake-head"), "a  b");
  EXPECT_FALSE(whole.fields.contains("ticklake-end"));
  const auto pieces = Fetch("GET", "/fields?pieces");
  EXPECT_EQ(pieces.body, "piece");
  EXPECT_EQ(pieces.fields.at("ticklake-head"), "a  b");
  EXPECT_EQ(pieces.fields.at("ticklake-end"), "z");
}

TEST_F(HttpTest, ACallThatIsCancelledEndsAtOnceAndItsHandlerIsTold) {
  Start();
  std::stop_source stop;
  HttpCall call;
  call.port = server_->port();
  call.target = "/wait";
  call.cancel = stop.get_token();
  std::jthread canceller([&] {
    WaitFor(waiting_);
    stop.request_stop();
  });
  const auto answer = HttpFetch(call);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kCancelled) << answer.error().message;
  WaitFor(cancelled_);
  EXPECT_EQ(cancelled_, 1);
}

TEST_F(HttpTest, ACallThatWasCancelledBeforeIsNotMade) {
  Start();
  std::stop_source stop;
  stop.request_stop();
  HttpCall call;
  call.port = server_->port();
  call.target = "/wait";
  call.cancel = stop.get_token();
  const auto answer = HttpFetch(call);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kCancelled) << answer.error().message;
  EXPECT_EQ(waiting_, 0);
}

TEST_F(HttpTest, Routes) {
  Start();
  EXPECT_EQ(Fetch("GET", "/hello").body, "hello you");
  EXPECT_EQ(Fetch("GET", "/hello?name=a%20b+c&x").body, "hello a b c");
  EXPECT_EQ(Fetch("POST", "/echo", "some text").body, "some text");
  EXPECT_EQ(Fetch("GET", "/nowhere").status, 404);
  EXPECT_EQ(Fetch("POST", "/hello").status, 405);
  EXPECT_EQ(Fetch("GET", "/hello?name=%zz").status, 400);
  const auto head = Fetch("HEAD", "/hello");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST_F(HttpTest, HandlersThatFailAreAnswers) {
  Start();
  const auto thrown = Fetch("GET", "/throws");
  EXPECT_EQ(thrown.status, 500);
  EXPECT_THAT(thrown.body, HasSubstr("oops"));
  EXPECT_EQ(Fetch("GET", "/silent").status, 500);
}

TEST_F(HttpTest, StreamsInPieces) {
  Start();
  EXPECT_EQ(Fetch("GET", "/stream").body.size(), 100'000U);
}

TEST_F(HttpTest, AnAbortedBodyIsNotTakenForAWholeOne) {
  Start();
  const auto answer = Fetch("GET", "/broken");
  EXPECT_EQ(answer.status, -1);
  EXPECT_EQ(answer.content_type, "unavailable");
  EXPECT_THAT(answer.body, HasSubstr("not whole"));
}

TEST_F(HttpTest, ManyRequestsOnOneConnection) {
  Start();
  std::string requests;
  for (int i = 0; i < 10; ++i)
    requests += "GET /hello?name=" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  requests += "GET /hello?name=last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const std::string answers = Raw(requests);
  size_t at = 0;
  for (int i = 0; i < 10; ++i) {
    at = answers.find("hello " + std::to_string(i), at);
    ASSERT_NE(at, std::string::npos) << answers;
  }
  EXPECT_TRUE(answers.ends_with("hello last"));
}

TEST_F(HttpTest, LimitsAreAnswers) {
  HttpServerOptions options;
  options.max_body = 100;
  options.max_header = 1000;
  Start(std::move(options));
  EXPECT_EQ(Fetch("POST", "/echo", std::string(100, 'x')).status, 200);
  EXPECT_THAT(Raw("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n"),
              HasSubstr("413"));
  EXPECT_THAT(
      Raw("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n"),
      HasSubstr("400"));
  EXPECT_THAT(Raw("GET / HTTP/1.1\r\nX: " + std::string(1000, 'x') + "\r\n\r\n"), HasSubstr("431"));
  EXPECT_THAT(Raw("\x16\x03\x01\x02 rubbish\r\n\r\n"), HasSubstr("400"));
  EXPECT_EQ(Fetch("GET", "/hello").status, 200);
}

TEST_F(HttpTest, AHandlerHearsThatItsClientIsGone) {
  Start();
  {
    boost::asio::io_context context;
    tcp::socket socket(context);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
    boost::asio::write(socket,
                       boost::asio::buffer(std::string("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")));
    WaitFor(waiting_);
    ASSERT_EQ(waiting_, 1);
    EXPECT_EQ(cancelled_, 0);
  }
  WaitFor(cancelled_);
  EXPECT_EQ(cancelled_, 1);
}

TEST_F(HttpTest, QuickRequestsPassSlowOnes) {
  HttpServerOptions options;
  options.slow_threads = 1;
  Start(std::move(options));
  std::vector<std::jthread> slow;
  slow.reserve(3);
  for (int i = 0; i < 3; ++i) slow.emplace_back([this] { Fetch("GET", "/wait"); });
  WaitFor(waiting_);
  EXPECT_EQ(Fetch("GET", "/hello").status, 200);
  server_->Stop();
}

TEST_F(HttpTest, StopEndsWhatRuns) {
  Start();
  const std::jthread client([this] { Fetch("GET", "/wait"); });
  WaitFor(waiting_);
  const auto start = std::chrono::steady_clock::now();
  server_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(cancelled_, 1);
}

TEST_F(HttpTest, StopWithinDoesNotWaitForWhatDoesNotHeedIt) {
  std::atomic<bool> go_on = false;
  HttpServerOptions options;
  options.routes.push_back({"GET", "/deaf",
                            [this, &go_on](const HttpRequest&, HttpReply&) {
                              ++waiting_;
                              go_on.wait(false);
                            },
                            true});
  Start(std::move(options));
  const std::jthread client([this] { Fetch("GET", "/deaf"); });
  WaitFor(waiting_);
  EXPECT_FALSE(server_->StopWithin(milliseconds(50)));
  EXPECT_EQ(Fetch("GET", "/hello").status, -1) << "it takes no more requests";
  go_on = true;
  go_on.notify_all();
  EXPECT_TRUE(server_->StopWithin(milliseconds(10'000)));
}

TEST_F(HttpTest, APortInUseIsNamed) {
  Start();
  HttpServerOptions options;
  options.listen = {"127.0.0.1", server_->port()};
  options.listen_option = "--http-listen";
  const auto second = HttpServer::Start(std::move(options));
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("already in use"));
  EXPECT_THAT(second.error().message, HasSubstr("--http-listen"));
}

TEST_F(HttpTest, NobodyListens) {
  Start();
  const uint16_t port = server_->port();
  server_->Stop();
  HttpCall call;
  call.port = port;
  const auto answer = HttpFetch(call);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kUnavailable);
}

TEST_F(HttpTest, ASilentServerTimesOut) {
  Start();
  HttpCall call;
  call.port = server_->port();
  call.target = "/wait";
  call.idle_timeout = milliseconds(50);
  const auto answer = HttpFetch(call);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kTimeout);
}

TEST(UrlTest, EncodeAndParseAreInverse) {
  const std::string text = "a/b c?d=é&%+\n";
  const auto target = ParseTarget("/" + PercentEncode(text) + "?k=" + PercentEncode(text));
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/" + text);
  EXPECT_EQ(target->query.at("k"), text);
  EXPECT_FALSE(ParseTarget("/%4"));
}

}  // namespace
}  // namespace ticklake::net
