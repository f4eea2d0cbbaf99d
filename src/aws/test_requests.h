// Signed requests without a socket, for tests of the door's rooms.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aws/authenticator.h"
#include "aws/request_payload.h"
#include "base/memory_fs.h"
#include "net/sigv2.h"
#include "net/sigv4.h"
#include "net/url.h"

namespace ticklake::aws {

/// A body that arrives in pieces of at most `piece` bytes.
class TestBody : public net::HttpBody {
 public:
  explicit TestBody(std::string bytes, size_t piece = 1000)
      : bytes_(std::move(bytes)), piece_(piece) {}
  std::optional<uint64_t> length() const override { return bytes_.size(); }
  Result<size_t> Read(char* buffer, size_t size) override {
    const size_t taken = std::min({size, piece_, bytes_.size() - at_});
    std::copy_n(bytes_.data() + at_, taken, buffer);
    at_ += taken;
    return taken;
  }

 private:
  const std::string bytes_;
  const size_t piece_;
  size_t at_ = 0;
};

/// A request as it is sent.
struct TestRequest {
  std::string method = "GET";
  std::string path = "/bucket/some/key";  ///< escaped
  std::string query;                      ///< escaped
  std::map<std::string, std::string> headers = {{"host", "127.0.0.1:4566"}};
  std::string body;
  std::string service = "s3";  ///< that is asked
  std::string bucket;          ///< that its host names

  net::HttpRequest Http() const {
    net::HttpRequest http;
    http.method = method;
    http.target = query.empty() ? path : path + "?" + query;
    http.headers = headers;
    if (const auto target = net::ParseTarget(http.target)) {
      http.path = target->path;
      http.query = target->query;
    }
    return http;
  }
};

constexpr char kTestTime[] = "20260102T030405Z";

inline void SignHeader(TestRequest& request, const net::SigningIdentity& who,
                       std::string_view hash) {
  const auto added = net::SignRequest({.method = request.method,
                                       .path = request.path,
                                       .query = request.query,
                                       .headers = &request.headers,
                                       .payload_hash = hash},
                                      who);
  for (const auto& [name, value] : added) request.headers[name] = value;
}

inline void SignQuery(TestRequest& request, const net::SigningIdentity& who, int seconds = 60) {
  request.query = net::PresignQuery({.method = request.method,
                                     .path = request.path,
                                     .query = request.query,
                                     .headers = &request.headers,
                                     .payload_hash = ""},
                                    who, std::chrono::seconds(seconds));
}

/// The body in signed chunks of `size` bytes; to be called after SignHeader.
inline std::string InChunks(const TestRequest& request, const net::SigningIdentity& who,
                            size_t size, const std::string& trailer = "") {
  const std::string time = request.headers.at("x-amz-date");
  const net::SigningScope scope{time.substr(0, 8), who.region, who.service};
  const std::string& authorization = request.headers.at("authorization");
  net::ChunkSignatures signatures(net::DeriveSigningKey(net::SecretKey(who.secret_key), scope),
                                  time, scope.ToString(),
                                  authorization.substr(authorization.rfind('=') + 1));
  std::string out;
  const auto digest = [](std::string_view data) {
    net::Sha256 hash;
    hash.Update(data);
    return hash.Finish();
  };
  for (size_t at = 0; at < request.body.size(); at += size) {
    const std::string piece = request.body.substr(at, size);
    out += fmt::format("{:x};chunk-signature={}\r\n{}\r\n", piece.size(),
                       signatures.Next(digest(piece)), piece);
  }
  out += fmt::format("0;chunk-signature={}\r\n", signatures.Next(digest("")));
  if (!trailer.empty()) {
    out += fmt::format("{}\r\nx-amz-trailer-signature:{}\r\n", trailer,
                       signatures.OfTrailer(digest(trailer + "\n")));
  }
  return out + "\r\n";
}

/// Keys in memory, one of them ready to sign, and the time at which it does.
class TestDoor {
 public:
  explicit TestDoor(AuthenticatorOptions options = {})
      : key_(keys_.Create({.name = "tester"}, 0).value()), auth_([&] {
          options.keys = &keys_;
          options.clock = &clock_;
          return options;
        }()) {}

  net::SigningIdentity Who(const std::string& service = "s3") const {
    return {.access_key = key_.key.id,
            .secret_key = key_.secret,
            .session_token = "",
            .region = "eu-west-1",
            .service = service,
            .now = clock_.Now()};
  }

  /// The body that a service would get, or the error that a client would.
  AwsResult<std::string> Send(const TestRequest& request, size_t piece = 1000) {
    TestBody body(request.body, piece);
    net::HttpRequest http = request.Http();
    http.stream = &body;
    AskedService asked{.name = request.service, .digest = {}, .bucket = request.bucket};
    if (request.service != "s3") asked.digest = net::Sha256Hex(request.body);
    auto who = auth_.Check(http, asked);
    if (!who) return std::unexpected(who.error());
    caller_ = who->caller;
    auto payload = MakePayload(http, std::move(who->body));
    if (!payload) return std::unexpected(payload.error());
    auto all = ReadAll(**payload, 10 << 20);
    if (all) trailers_ = (*payload)->trailers();
    return all;
  }

  /// The code of the error, or "" where there is none.
  std::string CodeOf(const TestRequest& request) {
    const auto sent = Send(request);
    return sent ? "" : sent.error().code;
  }

  ManualClock& clock() { return clock_; }
  KeyStore& keys() { return keys_; }
  const NewKey& key() const { return key_; }
  Authenticator& auth() { return auth_; }
  const Caller& caller() const { return caller_; }
  const std::map<std::string, std::string>& trailers() const { return trailers_; }

 private:
  ManualClock clock_{net::ParseAmzTime(kTestTime).value()};
  MemoryFileSystem fs_;
  KeyStore keys_{fs_, "keys.json"};
  const NewKey key_;
  Authenticator auth_;
  Caller caller_;
  std::map<std::string, std::string> trailers_;
};

}  // namespace ticklake::aws
