// The client against servers of this machine: our own, one that breaks off, and one behind TLS.

#include "net/https_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include "base/uuid.h"
#include "net/http_server.h"

namespace ticklake::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

void Say(auto& stream, const std::string& text) {
  boost::system::error_code gone;
  asio::write(stream, asio::buffer(text), gone);
}

class HttpsClientTest : public testing::Test {
 protected:
  void SetUp() override {
    HttpServerOptions options;
    options.routes.push_back({"PUT", "/echo", [this](const HttpRequest& request, HttpReply& reply) {
                                const std::lock_guard lock(mutex_);
                                last_ = request;
                                reply.AddField("X-Mixed-Case", "yes");
                                reply.Send(200, "text/plain", request.body);
                              }});
    options.routes.push_back({"GET", "/wait", [this](const HttpRequest& request, HttpReply& reply) {
                                ++waiting_;
                                while (!request.cancel.stop_requested()) {
                                  std::this_thread::sleep_for(milliseconds(1));
                                }
                                reply.Send(200, "text/plain", "late");
                              }});
    options.fallback = [this](const HttpRequest& request, HttpReply& reply) {
      const std::lock_guard lock(mutex_);
      last_ = request;
      reply.Send(404, "text/plain", "nothing here");
    };
    options.max_body = 8 << 20;
    server_ = HttpServer::Start(std::move(options)).value();
  }
  std::string Url(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}{}", server_->port(), path);
  }

  std::mutex mutex_;
  HttpRequest last_;
  std::atomic<int> waiting_ = 0;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpsClientTest, SendsAndReceives) {
  HttpsClient client;
  for (const size_t size : {size_t{0}, size_t{1}, size_t{100'000}, size_t{5'000'000}}) {
    const std::string body(size, 'b');
    const auto answer = client.Send({.method = "PUT",
                                     .url = Url("/echo"),
                                     .headers = {{"x-empty", ""}, {"x-full", "a b"}},
                                     .body = body});
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_TRUE(answer->body == body);
    EXPECT_EQ(answer->headers.at("x-mixed-case"), "yes");
    EXPECT_EQ(last_.headers.at("x-full"), "a b");
    EXPECT_EQ(last_.headers.at("x-empty"), "");
    EXPECT_FALSE(last_.headers.contains("content-type"));
    EXPECT_FALSE(last_.headers.contains("expect"));
  }
}

TEST_F(HttpsClientTest, LeavesPathsAsTheyAre) {
  HttpsClient client;
  for (const char* path : {"/a/../b", "/a//b", "/a%2Fb%20c", "/a/./b?x=%3D&y"}) {
    EXPECT_EQ(client.Send({.url = Url(path)})->status, 404);
    EXPECT_EQ(last_.target, path);
  }
}

TEST_F(HttpsClientTest, AHeadHasNoBody) {
  HttpsClient client;
  const auto answer = client.Send({.method = "HEAD", .url = Url("/none")}).value();
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.headers.at("content-length"), "12");
  EXPECT_EQ(answer.body, "");
}

TEST_F(HttpsClientTest, ManyThreadsShareIt) {
  HttpsClient client;
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) {
          const std::string body = fmt::format("{}-{}", t, i);
          const auto answer = client.Send({.method = "PUT", .url = Url("/echo"), .body = body});
          if (!answer || answer->body != body) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(HttpsClientTest, CancelEndsACallAtOnce) {
  HttpsClient client;
  std::stop_source source;
  std::jthread canceller([&] {
    while (waiting_ == 0) std::this_thread::sleep_for(milliseconds(1));
    source.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  const auto answer = client.Send({.url = Url("/wait"), .cancel = source.get_token()});
  EXPECT_EQ(answer.error().code, Code::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(700));
}

TEST_F(HttpsClientTest, SaysWhetherAnythingWasSent) {
  HttpsClient client;
  auto answer = client.Send({.url = Url("/wait?token=secret"), .timeout = milliseconds(100)});
  EXPECT_EQ(answer.error().code, Code::kTimeout);
  EXPECT_THAT(answer.error().message, Not(HasSubstr("secret")));
  asio::io_context loop;
  tcp::acceptor closed(loop, {asio::ip::address_v4::loopback(), 0});
  const std::string nowhere = fmt::format("http://127.0.0.1:{}/", closed.local_endpoint().port());
  closed.close();
  EXPECT_EQ(client.Send({.url = nowhere}).error().code, Code::kUnavailable);
  EXPECT_EQ(client.Send({.url = "http://no.such.host.invalid/"}).error().code, Code::kUnavailable);
  EXPECT_EQ(client.Send({.url = "file:///etc/passwd"}).error().code, Code::kInvalid);
}

/// Answers the first request of a connection, and closes without a word at the next.
class Forgetful {
 public:
  Forgetful() : acceptor_(loop_, {asio::ip::address_v4::loopback(), 0}) {
    accepting_ = std::jthread([this] { Accept(); });
  }
  ~Forgetful() {
    stopping_ = true;
    tcp::socket knock(loop_);
    knock.connect(acceptor_.local_endpoint());
  }
  std::string Url() const {
    return fmt::format("http://127.0.0.1:{}/", acceptor_.local_endpoint().port());
  }
  int requests() const { return requests_; }

 private:
  void Accept() {
    std::vector<std::jthread> connections;
    while (true) {
      tcp::socket socket(loop_);
      acceptor_.accept(socket);
      if (stopping_) return;
      connections.emplace_back([this, kept = std::move(socket)]() mutable { Serve(kept); });
    }
  }

  void Serve(tcp::socket& socket) {
    asio::streambuf buffer;
    boost::system::error_code error;
    for (int i = 0; i < 2; ++i) {
      buffer.consume(asio::read_until(socket, buffer, "\r\n\r\n", error));
      if (error) return;
      ++requests_;
      if (i == 0) Say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    socket.close();
  }

  asio::io_context loop_;
  tcp::acceptor acceptor_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> requests_ = 0;
  std::jthread accepting_;
};

TEST(HttpsClientOnce, ARequestIsNotRepeatedBehindTheCallersBack) {
  for (const bool once : {true, false}) {
    Forgetful server;
    {
      HttpsClient client;
      ASSERT_TRUE(client.Send({.url = server.Url()}).has_value());
      const int before = server.requests();
      const auto second = client.Send({.method = "POST", .url = server.Url(), .once = once});
      EXPECT_TRUE(second.has_value());
      EXPECT_EQ(server.requests() - before, once ? 1 : 2) << "the kept connection is dead";
    }
  }
}

TEST(HttpsClientOnce, ABrokenAnswerIsOfUnknownOutcome) {
  HttpsClient client;
  asio::io_context loop;
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  std::jthread breaker([&] {
    tcp::socket socket(loop);
    acceptor.accept(socket);
    asio::streambuf buffer;
    asio::read_until(socket, buffer, "\r\n\r\n");
    Say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  });
  const auto answer = client.Send(
      {.url = fmt::format("http://127.0.0.1:{}/", acceptor.local_endpoint().port()), .once = true});
  EXPECT_EQ(answer.error().code, Code::kOutcomeUnknown);
}

/// A certificate of its own authority for 127.0.0.1, in PEM.
struct SelfSigned {
  SelfSigned() {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    X509* cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME* name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(cert, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(cert, key, EVP_sha256());
    certificate = Pem([&](BIO* out) { PEM_write_bio_X509(out, cert); });
    private_key = Pem([&](BIO* out) {
      PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
    X509_free(cert);
    EVP_PKEY_free(key);
  }
  template <class Write>
  static std::string Pem(Write write) {
    BIO* out = BIO_new(BIO_s_mem());
    write(out);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(out);
    return text;
  }
  std::string certificate;
  std::string private_key;
};

TEST(HttpsClientTls, ChecksTheServersCertificate) {
  const SelfSigned self;
  asio::io_context loop;
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.use_certificate(asio::buffer(self.certificate), asio::ssl::context::pem);
  tls.use_private_key(asio::buffer(self.private_key), asio::ssl::context::pem);
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  const std::string url = fmt::format("https://127.0.0.1:{}/", acceptor.local_endpoint().port());
  std::jthread server([&] {
    for (int i = 0; i < 2; ++i) {
      asio::ssl::stream<tcp::socket> stream(loop, tls);
      acceptor.accept(stream.next_layer());
      boost::system::error_code error;
      (void)stream.handshake(asio::ssl::stream_base::server, error);
      if (error) continue;  // the client that does not trust us
      asio::streambuf buffer;
      asio::read_until(stream, buffer, "\r\n\r\n", error);
      Say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  EXPECT_EQ(HttpsClient().Send({.url = url}).error().code, Code::kAuth);
  const auto bundle =
      std::filesystem::temp_directory_path() / ("tl-" + Uuid::Random().ToString() + ".pem");
  std::ofstream(bundle) << self.certificate;
  HttpsClient client({.ca_bundle = bundle.string()});
  const auto answer = client.Send({.url = url});
  std::filesystem::remove(bundle);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, "ok");
}

}  // namespace
}  // namespace ticklake::net
