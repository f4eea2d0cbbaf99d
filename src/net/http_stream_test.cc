// Requests and answers that stream: bodies taken in pieces, files sent as they lie, heads as told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "net/http_server.h"

namespace ticklake::net {
namespace {

using boost::asio::ip::tcp;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HttpStreamTest : public testing::Test {
 protected:
  void Start(HttpServerOptions options = {}) {
    options.fallback = [](const HttpRequest& request, HttpReply& reply) { Handle(request, reply); };
    options.fallback_streams = true;
    options.guard_browsers = false;
    server_ = HttpServer::Start(std::move(options)).value();
  }

  static void Handle(const HttpRequest& request, HttpReply& reply) {
    if (request.path == "/ignore") return reply.Send(200, "", "no, thanks");
    if (request.path == "/head") {
      ASSERT_TRUE(reply.Begin(200, "image/png", 1 << 20));
      if (request.method == "HEAD") return;
      return;  // shorter than its length
    }
    if (request.path == "/nothing") return reply.Send(204, "", "");
    if (request.path == "/file") {
      const auto file = PosixFileSystem().Open("/proc/self/exe", OpenMode::kRead).value();
      ASSERT_TRUE(reply.Begin(200, "", 4));
      ASSERT_TRUE(reply.WriteFile(*file, 0, 4));
      return;
    }
    if (request.path == "/large") {
      const auto file = PosixFileSystem().Open("/proc/self/exe", OpenMode::kRead).value();
      const uint64_t size = file->Size().value();
      ASSERT_TRUE(reply.Begin(200, "", 100 * size));
      for (int i = 0; i < 100 && reply.WriteFile(*file, 0, size); ++i) {
      }
      return;
    }
    std::string body;
    std::array<char, 7> piece;
    while (true) {
      const auto got = request.stream->Read(piece.data(), piece.size());
      if (!got) return reply.Send(400, "", got.error().message);
      if (*got == 0) break;
      body.append(piece.data(), *got);
    }
    const auto length = request.stream->length();
    reply.AddField("Length", length ? std::to_string(*length) : "none");
    reply.AddField("Target", request.target);
    const auto twice = request.headers.find("twice");
    if (twice != request.headers.end()) reply.AddField("Twice", twice->second);
    reply.Send(200, "", body);
  }

  // Sends raw bytes and returns all that comes until the server closes or `until` is seen.
  std::string Raw(std::string_view bytes, std::string_view until = "") {
    tcp::socket socket(context_);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
    boost::asio::write(socket, boost::asio::buffer(bytes));
    return ReadUntil(socket, until);
  }
  static std::string ReadUntil(tcp::socket& socket, std::string_view until) {
    std::string all;
    boost::system::error_code error;
    std::array<char, 4096> piece;
    while (!error && (until.empty() || all.find(until) == std::string::npos)) {
      const size_t size = socket.read_some(boost::asio::buffer(piece), error);
      all.append(piece.data(), size);
    }
    return all;
  }

  boost::asio::io_context context_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpStreamTest, TakesABodyOfALengthAndThenTheNextRequest) {
  Start();
  const std::string both =
      Raw("PUT /a%20b?x=%2F HTTP/1.1\r\nContent-Length: 20\r\nTwice: 1\r\nTwice: 2\r\n\r\n"
          "0123456789abcdefghijPUT /second HTTP/1.1\r\nContent-Length: 3\r\nConnection: "
          "close\r\n\r\nxyz");
  EXPECT_THAT(both, StartsWith("HTTP/1.1 200 OK\r\nContent-Length: 20\r\nLength: 20\r\n"));
  EXPECT_THAT(both, HasSubstr("\r\nTarget: /a%20b?x=%2F\r\nTwice: 1,2\r\n"));
  EXPECT_THAT(both, HasSubstr("\r\n\r\n0123456789abcdefghijHTTP/1.1 200 OK"));
  EXPECT_THAT(both, EndsWith("\r\n\r\nxyz"));
  EXPECT_THAT(both, Not(HasSubstr("Cache-Control")));
}

TEST_F(HttpStreamTest, TakesABodyInChunks) {
  Start();
  const std::string head =
      "PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  const std::string whole = Raw(head + "A;x=y\r\n0123456789\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_THAT(whole, HasSubstr("Length: none"));
  EXPECT_THAT(whole, EndsWith("\r\n\r\n0123456789!"));
  for (const char* wrong :
       {"zz\r\n", "3\r\nabcdef\r\n", "-1\r\n", "3\nabc", "\r\n\r\n", "fffffffffffffffffffff\r\n"}) {
    EXPECT_THAT(Raw(head + wrong + "\r\n\r\n\r\n"), StartsWith("HTTP/1.1 400")) << wrong;
  }
  EXPECT_THAT(Raw(head + std::string(5000, '1') + "\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(HttpStreamTest, TellsAClientThatWaitsToSend) {
  Start();
  tcp::socket socket(context_);
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
  const std::string head = "PUT /c HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  boost::asio::write(socket, boost::asio::buffer(head));
  EXPECT_EQ(ReadUntil(socket, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  boost::asio::write(socket, boost::asio::buffer("abc", 3));
  EXPECT_THAT(ReadUntil(socket, "abc"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpStreamTest, TellsAClientThatWaitsToSendNothing) {
  Start();
  EXPECT_THAT(Raw("PUT /c HTTP/1.1\r\nContent-Length: 0\r\nExpect: 100-continue\r\n"
                  "Connection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"));
  // An answer that came instead ends the connection.
  EXPECT_THAT(Raw("PUT /ignore HTTP/1.1\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n"),
              EndsWith("no, thanks"));
}

TEST_F(HttpStreamTest, ABodyThatNobodyWantsIsPassedOver) {
  Start();
  const std::string small =
      Raw("PUT /ignore HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
          "GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(small, HasSubstr("no, thanksHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"));
  // A client that was not told to send is not waited for, and one that sends too much neither.
  EXPECT_THAT(Raw("PUT /ignore HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"),
              EndsWith("no, thanks"));
  EXPECT_THAT(Raw("PUT /ignore HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\nabc"),
              EndsWith("no, thanks"));
}

TEST_F(HttpStreamTest, AClientThatSendsAllBeforeItReadsHasItsAnswer) {
  Start();
  // More than the buffers of both sides hold.
  const std::string body(20 << 20, 'x');
  const std::string head =
      fmt::format("PUT /ignore HTTP/1.1\r\nContent-Length: {}\r\n", body.size());
  const std::string close = "Connection: close\r\n\r\n";
  EXPECT_THAT(Raw(head + close + body), EndsWith("no, thanks"));
}

TEST_F(HttpStreamTest, HeadsTellTheLengthOfABodyThatIsNotSent) {
  Start();
  EXPECT_EQ(Raw("HEAD /head HTTP/1.1\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 1048576\r\n"
            "Connection: close\r\n\r\n");
  // An answer that is cut short closes the connection, so that its client knows.
  EXPECT_THAT(Raw("GET /head HTTP/1.1\r\n\r\n"), EndsWith("1048576\r\n\r\n"));
}

TEST_F(HttpStreamTest, SendsFiles) {
  Start();
  EXPECT_THAT(Raw("GET /file HTTP/1.1\r\nConnection: close\r\n\r\n"), EndsWith("\r\n\r\n\x7f"
                                                                               "ELF"));
}

// It says first that it sends no more: what then comes back for the file is EPIPE, not a reset.
TEST_F(HttpStreamTest, AClientThatGoesAwayFromAFileEndsNobodyElse) {
  Start();
  for (int i = 0; i < 3; ++i) {
    tcp::socket socket(context_);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
    boost::asio::write(socket, boost::asio::buffer(std::string("GET /large HTTP/1.1\r\n\r\n")));
    EXPECT_THAT(ReadUntil(socket, "\r\n\r\n"), StartsWith("HTTP/1.1 200 OK"));
    socket.shutdown(tcp::socket::shutdown_send);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    socket.close();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_THAT(Raw("GET /file HTTP/1.1\r\nConnection: close\r\n\r\n"), EndsWith("ELF"));
}

TEST_F(HttpStreamTest, ABodyThatStopsIsGivenUp) {
  HttpServerOptions options;
  options.patience = std::chrono::seconds(1);
  Start(std::move(options));
  EXPECT_THAT(Raw("PUT /c HTTP/1.1\r\nContent-Length: 3\r\n\r\na"), StartsWith("HTTP/1.1 400"));
}

TEST_F(HttpStreamTest, ManySlowSendersDoNotKeepOthersOut) {
  HttpServerOptions options;
  options.slow_threads = 2;
  Start(std::move(options));
  std::vector<tcp::socket> slow;
  for (int i = 0; i < 4; ++i) {
    slow.emplace_back(context_);
    slow.back().connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
    boost::asio::write(
        slow.back(),
        boost::asio::buffer(std::string("PUT /c HTTP/1.1\r\nContent-Length: 3\r\n\r\na")));
  }
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(Raw("PUT /c HTTP/1.1\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"),
              EndsWith("\r\n\r\nx"));
  // Nor does the first, that began to wait when nobody else was there.
  std::string end;
  boost::system::error_code ended;
  boost::asio::read(slow.front(), boost::asio::dynamic_buffer(end), ended);
  EXPECT_EQ(ended, boost::asio::error::eof);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
}

TEST_F(HttpStreamTest, StopEndsABodyThatIsAwaited) {
  Start();
  tcp::socket socket(context_);
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
  boost::asio::write(
      socket, boost::asio::buffer(std::string("PUT /c HTTP/1.1\r\nContent-Length: 3\r\n\r\na")));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto began = std::chrono::steady_clock::now();
  server_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
}

}  // namespace
}  // namespace ticklake::net
