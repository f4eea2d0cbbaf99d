#include "aws/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "aws/keys.h"
#include "aws/unknown_service.h"
#include "base/memory_fs.h"
#include "net/sigv4.h"

namespace ticklake::aws {
namespace {

using boost::asio::ip::tcp;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Tells who called, and what came.
class EchoService : public Service {
 public:
  explicit EchoService(std::string name) : name_(std::move(name)) {}
  void Serve(const Request& request, net::HttpReply& reply) override {
    const auto body = ReadAll(request.payload, 1 << 20);
    if (!body) return Refuse(request.http, body.error(), request.id, reply);
    reply.Send(200, "text/plain",
               fmt::format("{} {} {} {}", name_, request.caller.arn, request.region, *body));
  }
  void Refuse(const net::HttpRequest& /*http*/, const AwsError& error, const std::string& id,
              net::HttpReply& reply) override {
    SendJsonError(error, id, reply);
  }

 private:
  const std::string name_;
};

class DoorTest : public testing::Test {
 protected:
  Result<void> Open(const std::string& host = "127.0.0.1") {
    DoorOptions options;
    options.listen = {host, 0};
    options.keys = &keys_;
    options.clock = &SystemClock();
    options.s3 = &s3_;
    options.glue = &glue_;
    options.metrics = &metrics_;
    options.cors_allows = [](const net::HttpRequest& http) {
      return http.headers.at("origin") == "https://allowed.example";
    };
    TL_ASSIGN(door_, Door::Open(std::move(options)));
    return {};
  }

  std::string Raw(std::string_view bytes) const {
    boost::asio::io_context context;
    tcp::socket socket(context);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), door_->port()});
    boost::system::error_code error;
    boost::asio::write(socket, boost::asio::buffer(bytes), error);
    std::string all;
    std::array<char, 4096> piece;
    error = {};
    while (!error) all.append(piece.data(), socket.read_some(boost::asio::buffer(piece), error));
    return all;
  }

  std::string Send(const std::string& first, const std::string& fields,
                   const std::string& body = "") const {
    return Raw(fmt::format("{} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n{}\r\n{}",
                           first, body.size(), fields, body));
  }

  std::string Signed(const NewKey& key, const std::string& service, const std::string& fields,
                     const std::string& body) const {
    const std::map<std::string, std::string> headers = {{"host", "localhost"}};
    const std::string hash = net::Sha256Hex(body);
    std::string lines = "Host: localhost\r\n" + fields;
    for (const auto& [name, value] :
         net::SignRequest({"POST", "/", "", &headers, hash}, {.access_key = key.key.id,
                                                              .secret_key = key.secret,
                                                              .session_token = "",
                                                              .region = "eu-west-1",
                                                              .service = service,
                                                              .now = SystemClock().Now()})) {
      lines += fmt::format("{}: {}\r\n", name, value);
    }
    return Send("POST /", lines, body);
  }

  MemoryFileSystem fs_;
  KeyStore keys_{fs_, "keys.json"};
  EchoService s3_{"s3"};
  EchoService glue_{"glue"};
  Metrics metrics_;
  std::unique_ptr<Door> door_;
};

TEST_F(DoorTest, FindsTheService) {
  ASSERT_TRUE(Open());
  EXPECT_THAT(Send("PUT /b/k", "Host: localhost\r\n", "bytes"),
              HasSubstr("s3 arn:aws:iam::000000000000:root us-east-1 bytes"));
  EXPECT_THAT(Send("POST /", "Host: localhost\r\nX-Amz-Target: AWSGlue.GetTables\r\n", "{}"),
              HasSubstr("glue arn"));
  const std::string athena =
      Send("POST /", "Host: localhost\r\nX-Amz-Target: AmazonAthena.GetWorkGroup\r\n", "{}");
  EXPECT_THAT(athena, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(athena, HasSubstr("InvalidRequestException"));
  EXPECT_THAT(athena, HasSubstr("AmazonAthena.GetWorkGroup"));
  EXPECT_THAT(Send("POST /", "Host: localhost\r\nX-Amz-Target: Nobody.X\r\n", "{}"),
              HasSubstr("UnknownOperationException"));
  for (const char* path : {"GET /_ticklake/health", "GET /_localstack/health"}) {
    EXPECT_THAT(Send(path, "Host: localhost\r\n"), HasSubstr(R"("s3":"running")"));
  }
  const std::string form = "Content-Type: application/x-www-form-urlencoded\r\nHost: localhost\r\n";
  EXPECT_THAT(Send("POST /", form, "Action=GetCallerIdentity&Version=2011-06-15"),
              HasSubstr("<Arn>arn:aws:iam::000000000000:root</Arn>"));
  EXPECT_THAT(Send("POST /", form, "Action=Nothing&Version=2011-06-15"),
              HasSubstr("<Code>InvalidAction</Code>"));
}

TEST_F(DoorTest, WithoutKeysOnlyWhatIsMeantForThisMachine) {
  ASSERT_TRUE(Open());
  for (const char* host : {"localhost:4566", "127.0.0.1", "[::1]:4566", "bucket.localhost:4566",
                           "bucket.s3.eu-west-1.amazonaws.com", "s3.localhost.localstack.cloud"}) {
    EXPECT_THAT(Send("GET /b/k", fmt::format("Host: {}\r\n", host)), StartsWith("HTTP/1.1 200"))
        << host;
  }
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
                           "amazonaws.com.evil.example", ""}) {
    EXPECT_THAT(Send("GET /b/k", fmt::format("Host: {}\r\n", host)), StartsWith("HTTP/1.1 403"))
        << host;
  }
  for (const auto& [origin, status] :
       std::map<std::string, std::string>{{"http://localhost:3000", "200"},
                                          {"http://127.0.0.1:8080", "200"},
                                          {"https://allowed.example", "200"},
                                          {"https://evil.example", "403"},
                                          {"http://6.6.6.6", "403"},
                                          {"null", "403"}}) {
    EXPECT_THAT(Send("POST /b/k", fmt::format("Host: localhost\r\nOrigin: {}\r\n", origin)),
                StartsWith("HTTP/1.1 " + status))
        << origin;
  }
  EXPECT_THAT(Send("OPTIONS /b/k",
                   "Host: localhost\r\nOrigin: https://evil.example\r\n"
                   "Access-Control-Request-Method: PUT\r\n"),
              StartsWith("HTTP/1.1 200"))
      << "the service answers by the bucket's rules";
}

TEST_F(DoorTest, WithKeysOnlyWhatIsSigned) {
  ASSERT_TRUE(Open());
  const auto key = keys_.Create({.name = "ann"}, 0);
  ASSERT_TRUE(key);
  EXPECT_THAT(Send("GET /b/k", "Host: localhost\r\n"), HasSubstr("AccessDenied"));
  const std::string glue = Signed(*key, "glue", "X-Amz-Target: AWSGlue.X\r\n", "{}");
  EXPECT_THAT(glue, HasSubstr("InvalidSignatureException")) << "its target was not signed";
  EXPECT_THAT(Signed(*key, "s3", "", "bytes"),
              HasSubstr("s3 arn:aws:iam::000000000000:user/ann eu-west-1 bytes"));
  const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
  EXPECT_THAT(Signed(*key, "sts", form, "Action=GetCallerIdentity&Version=2011-06-15"),
              HasSubstr("user/ann</Arn>"));
  NewKey wrong = *key;
  wrong.secret = "wrong";
  EXPECT_THAT(Signed(wrong, "s3", "", "bytes"), HasSubstr("SignatureDoesNotMatch"));
  EXPECT_THAT(Signed(wrong, "s3", "", "bytes"), Not(HasSubstr(key->secret)));
  ASSERT_TRUE(keys_.Revoke(key->key.id));
  EXPECT_THAT(Signed(*key, "s3", "", "bytes"), HasSubstr("InvalidAccessKeyId"));
}

TEST_F(DoorTest, OthersReachItOnlyWithKeys) {
  const auto refused = Open("0.0.0.0");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kAuth);
  EXPECT_THAT(refused.error().message, HasSubstr("ticklake keys create"));
  ASSERT_TRUE(keys_.Create({}, 0));
  ASSERT_TRUE(Open("0.0.0.0"));
  ASSERT_TRUE(fs_.Remove("keys.json"));
  EXPECT_THAT(Send("GET /b/k", "Host: localhost\r\n"), HasSubstr("AccessDenied"))
      << "a file that went away opens nothing to others";
}

TEST_F(DoorTest, AFileOfKeysThatIsDamagedLetsNobodyIn) {
  ASSERT_TRUE(Open());
  ASSERT_TRUE(fs_.WriteFileAtomically("keys.json", "{}"));
  EXPECT_THAT(Send("GET /b/k", "Host: localhost\r\n"), StartsWith("HTTP/1.1 503"));
  door_ = nullptr;
  const auto refused = Open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("keys.json"));
}

TEST_F(DoorTest, WhatTheServerRefusesIsSaidAsS3Does) {
  ASSERT_TRUE(Open());
  const std::string escape = Send("GET /b/%zz<k>", "Host: localhost\r\n");
  EXPECT_THAT(escape, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(escape, HasSubstr("Content-Type: application/xml"));
  EXPECT_THAT(escape, HasSubstr("<Code>InvalidURI</Code>"));
  EXPECT_THAT(escape, HasSubstr("<Resource>/b/%zz&lt;k&gt;</Resource>"));
  EXPECT_THAT(Send("GET /", "Host: localhost\r\nX: " + std::string(70'000, 'x') + "\r\n"),
              HasSubstr("<Code>RequestHeaderSectionTooLarge</Code>"));
  EXPECT_THAT(Raw("NO HTTP\r\n\r\n"), HasSubstr("<Code>BadRequest</Code>"));
}

TEST_F(DoorTest, LimitsComeFirst) {
  ASSERT_TRUE(Open());
  EXPECT_THAT(Send("GET /", "Host: localhost\r\nX: " + std::string(70'000, 'x') + "\r\n"),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(Raw("POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSGlue.X\r\n"
                  "Content-Length: 5000000\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(
      Send("POST /", "Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n",
           std::string(100'000, 'a')),
      StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(Send("GET /b/k", "Host: localhost\r\n"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace ticklake::aws
