// The AWS settings, the places that credentials come from, and what the client repeats, against
// small HTTP servers of this machine that act as STS, a container's endpoint and EC2's metadata.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "base/memory_fs.h"
#include "base/uuid.h"
#include "net/aws/aws_client.h"
#include "net/aws/credentials.h"
#include "net/aws/error_answer.h"
#include "net/http_server.h"

namespace ticklake::net {
namespace {

using testing::HasSubstr;
using testing::Not;
using Variables = std::map<std::string, std::string>;

Environment Env(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

void Write(FileSystem& fs, const std::string& path, std::string_view text) {
  ASSERT_TRUE(fs.MakeDirs(ParentPath(path)).has_value());
  ASSERT_TRUE(fs.WriteFileAtomically(path, text).has_value());
}

constexpr char kConfig[] = R"(
# comment
[default]
region = eu-west-1
[profile work]
region=us-west-2
services = mine
credential_source = Environment
ca_bundle = /etc/bundle.pem
s3 =
  max_concurrent_requests = 20
[services mine]
s3 =
  endpoint_url = http://localhost:9000/
glue =
  endpoint_url = http://localhost:9001
)";

TEST(AwsConfig, ReadsProfilesRegionAndEndpoints) {
  MemoryFileSystem fs;
  Write(fs, "/home/me/.aws/config", kConfig);
  const auto plain = LoadAwsConfig(Env({{"HOME", "/home/me"}}), fs).value();
  EXPECT_EQ(plain.region, "eu-west-1");
  EXPECT_EQ(plain.EndpointOf("glue"), "https://glue.eu-west-1.amazonaws.com");
  EXPECT_FALSE(plain.HasEndpoint("s3"));
  const auto work = LoadAwsConfig(Env({{"HOME", "/home/me"}, {"AWS_PROFILE", "work"}}), fs).value();
  EXPECT_EQ(work.region, "us-west-2");
  EXPECT_EQ(work.ca_bundle, "/etc/bundle.pem");
  EXPECT_EQ(work.EndpointOf("s3"), "http://localhost:9000");
  EXPECT_EQ(work.EndpointOf("glue"), "http://localhost:9001");
  EXPECT_EQ(work.EndpointOf("sts"), "https://sts.us-west-2.amazonaws.com");
  EXPECT_EQ(work.Setting("work", "s3.max_concurrent_requests"), "20");
}

TEST(AwsConfig, TheEnvironmentGoesBeforeTheFiles) {
  MemoryFileSystem fs;
  Write(fs, "/c", kConfig);
  const auto config = LoadAwsConfig(Env({{"AWS_CONFIG_FILE", "/c"},
                                         {"AWS_PROFILE", "work"},
                                         {"AWS_REGION", "cn-north-1"},
                                         {"AWS_CA_BUNDLE", "/other.pem"},
                                         {"AWS_ENDPOINT_URL", "http://all:1/"},
                                         {"AWS_ENDPOINT_URL_GLUE", "http://glue:2"}}),
                                    fs)
                          .value();
  EXPECT_EQ(config.region, "cn-north-1");
  EXPECT_EQ(config.ca_bundle, "/other.pem");
  EXPECT_EQ(config.EndpointOf("s3"), "http://all:1");
  EXPECT_EQ(config.EndpointOf("glue"), "http://glue:2");
  const auto ignored = LoadAwsConfig(Env({{"AWS_REGION", "cn-north-1"},
                                          {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"},
                                          {"AWS_ENDPOINT_URL", "http://all:1/"}}),
                                     fs)
                           .value();
  EXPECT_EQ(ignored.EndpointOf("s3"), "https://s3.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(LoadAwsConfig(Env({}), fs)->EndpointOf("s3"), "");
}

TEST(AwsConfig, SaysWhatIsWrong) {
  MemoryFileSystem fs;
  Write(fs, "/c", "[default]\nregion = x\naws_secret_access_key hunter2\n");
  const Error broken = LoadAwsConfig(Env({{"AWS_CONFIG_FILE", "/c"}}), fs).error();
  EXPECT_EQ(broken.code, Code::kInvalid);
  EXPECT_THAT(broken.message, HasSubstr("/c: line 3"));
  EXPECT_THAT(broken.message, Not(HasSubstr("hunter2")));
  const Error absent = LoadAwsConfig(Env({{"AWS_PROFILE", "nobody"}}), fs).error();
  EXPECT_EQ(absent.code, Code::kInvalid);
  EXPECT_THAT(absent.message, HasSubstr("nobody"));
}

constexpr char kStsAnswer[] = R"(<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<{0}Result><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s+/=</SecretAccessKey>
<SessionToken>tok&amp;en</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>
</{0}Result></{0}Response>)";

/// STS, a container's endpoint and EC2's metadata in one server.
class CredentialsTest : public testing::Test {
 protected:
  void SetUp() override {
    HttpServerOptions options;
    options.routes.push_back({"PUT", "/latest/api/token", [this](auto& request, auto& reply) {
                                Note(request);
                                reply.Send(imds_ ? 200 : 403, "text/plain", "session-of-imds");
                              }});
    options.fallback = [this](const HttpRequest& request, HttpReply& reply) {
      Answer(request, reply);
    };
    server_ = HttpServer::Start(std::move(options)).value();
    base_ = fmt::format("http://127.0.0.1:{}", server_->port());
    variables_ = {{"HOME", "/home"},
                  {"AWS_ENDPOINT_URL_STS", base_},
                  {"AWS_EC2_METADATA_SERVICE_ENDPOINT", base_}};
  }

  void Note(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    last_ = request;
    ++asked_;
  }

  void Answer(const HttpRequest& request, HttpReply& reply) {
    Note(request);
    const std::string roles = "/latest/meta-data/iam/security-credentials/";
    if (status_ != 200) return reply.Send(status_, "text/xml", refusal_);
    if (request.path == "/container" || request.path == roles + "the-role") {
      return reply.Send(200, "application/json",
                        fmt::format(R"({{"AccessKeyId":"ASIA{}","SecretAccessKey":"hush",)"
                                    R"("Token":"t","Expiration":"{}"}})",
                                    asked_.load(), FormatUtc(expires_)));
    }
    if (request.path == roles) return reply.Send(200, "text/plain", "the-role\n");
    const std::string action =
        request.body.find("Action=AssumeRoleWithWebIdentity") != std::string::npos
            ? "AssumeRoleWithWebIdentity"
            : "AssumeRole";
    reply.Send(200, "text/xml", fmt::format(kStsAnswer, action));
  }

  Result<AwsCredentials> Find(const Variables& more = {}) { return Chain(more).Get(); }

  CredentialChain& Chain(const Variables& more = {}) {
    Variables variables = variables_;
    for (const auto& [name, value] : more) variables[name] = value;
    auto config = LoadAwsConfig(Env(variables), fs_);
    EXPECT_TRUE(config.has_value()) << (config ? "" : config.error().message);
    config_ = config.value_or(AwsConfig());
    chain_ = std::make_unique<CredentialChain>(CredentialParts{.environment = Env(variables),
                                                               .config = &config_,
                                                               .fs = &fs_,
                                                               .clock = &clock_,
                                                               .http = &http_,
                                                               .local = &http_});
    return *chain_;
  }

  std::mutex mutex_;
  HttpRequest last_;
  std::atomic<int> asked_ = 0;
  std::atomic<int> status_ = 200;
  std::atomic<bool> imds_ = true;
  std::string refusal_;
  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  Nanos expires_ = clock_.Now() + 3600 * kNanosPerSecond;
  MemoryFileSystem fs_;
  HttpsClient http_{{.use_proxy = false}};
  AwsConfig config_;
  std::string base_;
  Variables variables_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<CredentialChain> chain_;
};

TEST_F(CredentialsTest, TheEnvironmentComesFirst) {
  Write(fs_, "/home/.aws/credentials",
        "[default]\naws_access_key_id = AKFILE\naws_secret_access_key = x\n");
  const auto found = Find({{"AWS_ACCESS_KEY_ID", "AK"},
                           {"AWS_SECRET_ACCESS_KEY", "SK"},
                           {"AWS_SESSION_TOKEN", "ST"}})
                         .value();
  EXPECT_EQ(found.access_key, "AK");
  EXPECT_EQ(found.secret_key, "SK");
  EXPECT_EQ(found.session_token, "ST");
  EXPECT_EQ(Find().value().access_key, "AKFILE");
  EXPECT_EQ(Find({{"AWS_ACCESS_KEY_ID", "AK"}}).error().code, Code::kAuth);
  EXPECT_EQ(asked_, 0);
}

TEST_F(CredentialsTest, AProfileMayAssumeARole) {
  Write(fs_, "/home/.aws/config",
        "[profile base]\n[profile app]\nrole_arn = arn:aws:iam::1:role/r\n"
        "source_profile = base\nexternal_id = e 1\nrole_session_name = me\n");
  Write(fs_, "/home/.aws/credentials",
        "[base]\naws_access_key_id = AKBASE\naws_secret_access_key = hunter2\n");
  const auto found = Find({{"AWS_PROFILE", "app"}}).value();
  EXPECT_EQ(found.access_key, "ASIA1");
  EXPECT_EQ(found.secret_key, "s+/=");
  EXPECT_EQ(found.session_token, "tok&en");
  EXPECT_EQ(found.expires, ParseUtc("2030-01-01").value());
  EXPECT_THAT(last_.body, HasSubstr("Action=AssumeRole&"));
  EXPECT_THAT(last_.body, HasSubstr("ExternalId=e%201"));
  EXPECT_THAT(last_.body, HasSubstr("RoleSessionName=me"));
  EXPECT_THAT(last_.headers.at("authorization"), HasSubstr("Credential=AKBASE/"));
  EXPECT_THAT(last_.headers.at("authorization"), HasSubstr("/sts/aws4_request"));
}

TEST_F(CredentialsTest, ARefusalIsSaidWithoutSecrets) {
  Write(fs_, "/home/.aws/credentials",
        "[default]\naws_access_key_id = AK\naws_secret_access_key = hunter2\n"
        "[app]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = default\n");
  status_ = 403;
  refusal_ =
      "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error>"
      "</ErrorResponse>";
  const Error error = Find({{"AWS_PROFILE", "app"}}).error();
  EXPECT_EQ(error.code, Code::kAuth);
  EXPECT_THAT(error.message, HasSubstr("role/r: AccessDenied: not you"));
  EXPECT_THAT(error.message, Not(HasSubstr("hunter2")));
}

TEST_F(CredentialsTest, ProfilesThatLeadNowhere) {
  Write(fs_, "/home/.aws/config",
        "[profile a]\nrole_arn = r\nsource_profile = b\n"
        "[profile b]\nrole_arn = r\nsource_profile = a\n"
        "[profile mfa]\nrole_arn = r\nsource_profile = a\nmfa_serial = 1\n"
        "[profile sso]\nsso_session = x\n"
        "[profile half]\naws_access_key_id = AK\n"
        "[profile none]\nrole_arn = r\n"
        "[profile broken]\ncredential_process = echo '{\"SecretAccessKey\":\"hunter2\"}'\n"
        "[profile dead]\ncredential_process = exit 3\n");
  for (const char* profile : {"a", "mfa", "sso", "half", "none", "broken", "dead"}) {
    const auto found = Find({{"AWS_PROFILE", profile}});
    ASSERT_FALSE(found.has_value()) << profile;
    EXPECT_EQ(found.error().code, Code::kAuth) << profile;
    EXPECT_THAT(found.error().message, Not(HasSubstr("hunter2")));
  }
  EXPECT_EQ(asked_, 0) << "an identity that was asked for is not replaced by another";
}

TEST_F(CredentialsTest, AProcessGivesThem) {
  Write(fs_, "/home/.aws/config",
        "[default]\ncredential_process = printf '{\"Version\":1,\"AccessKeyId\":\"AKP\","
        "\"SecretAccessKey\":\"SP\",\"SessionToken\":\"TP\"}'\n");
  const auto found = Find().value();
  EXPECT_EQ(found.access_key, "AKP");
  EXPECT_EQ(found.session_token, "TP");
  EXPECT_EQ(found.expires, 0);
}

TEST_F(CredentialsTest, AWebIdentityNeedsNoKeys) {
  Write(fs_, "/token", "the.jwt\n");
  const auto found =
      Find({{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}, {"AWS_ROLE_ARN", "arn:role"}}).value();
  EXPECT_EQ(found.access_key, "ASIA1");
  EXPECT_THAT(last_.body, testing::EndsWith("WebIdentityToken=the.jwt"));
  EXPECT_FALSE(last_.headers.contains("authorization"));
}

TEST_F(CredentialsTest, AContainerGivesThemUntilTheyExpire) {
  Write(fs_, "/token", "secret-token");
  CredentialChain& chain = Chain({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", base_ + "/container"},
                                  {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"}});
  EXPECT_EQ(chain.Get().value().access_key, "ASIA1");
  EXPECT_EQ(last_.headers.at("authorization"), "secret-token");
  EXPECT_EQ(chain.Get().value().access_key, "ASIA1") << "kept";
  clock_.Advance(3400 * kNanosPerSecond);
  expires_ += 3600 * kNanosPerSecond;
  EXPECT_EQ(chain.Get().value().access_key, "ASIA2") << "refreshed before it expires";
  chain.Forget(chain.Get().value());
  EXPECT_EQ(chain.Get().value().access_key, "ASIA3");
  status_ = 400;
  clock_.Advance(3600 * kNanosPerSecond);
  EXPECT_EQ(chain.Get().value().access_key, "ASIA3") << "still good while its source is away";
  const int asked = asked_;
  EXPECT_EQ(chain.Get().value().access_key, "ASIA3");
  EXPECT_EQ(asked_, asked) << "not asked again at every request";
  clock_.Advance(3600 * kNanosPerSecond);
  EXPECT_EQ(chain.Get().error().code, Code::kAuth);
}

TEST_F(CredentialsTest, ATokenIsNotSentJustAnywhere) {
  for (const char* uri : {"http://example.com/x", "http://127.0.0.1.evil.example/x", "ftp://h/x"}) {
    const Error error = Find({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", uri},
                              {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "hunter2"}})
                            .error();
    EXPECT_EQ(error.code, Code::kAuth) << uri;
    EXPECT_THAT(error.message, HasSubstr("neither https"));
  }
}

TEST_F(CredentialsTest, AnInstanceHasARole) {
  const auto found = Find().value();
  EXPECT_EQ(found.secret_key, "hush");
  EXPECT_EQ(last_.headers.at("x-aws-ec2-metadata-token"), "session-of-imds");
  imds_ = false;
  const Error none = Find().error();
  EXPECT_EQ(none.code, Code::kAuth);
  EXPECT_THAT(none.message, HasSubstr("AWS_ACCESS_KEY_ID"));
  const int asked = asked_;
  EXPECT_EQ(Find({{"AWS_EC2_METADATA_DISABLED", "true"}}).error().code, Code::kAuth);
  EXPECT_EQ(asked_, asked);
}

/// A service that fails as it is told to.
class AwsClientTest : public testing::Test {
 protected:
  void SetUp() override {
    HttpServerOptions options;
    options.fallback = [this](const HttpRequest& request, HttpReply& reply) {
      ++asked_;
      const std::lock_guard lock(mutex_);
      keys_.push_back(request.headers.at("authorization"));
      if (left_ > 0) {
        --left_;
        return reply.Send(status_, "application/json", failure_);
      }
      reply.Send(200, "application/json", "{}");
    };
    server_ = HttpServer::Start(std::move(options)).value();
    base_ = fmt::format("http://127.0.0.1:{}", server_->port());
    AwsClientOptions client{.environment = Env({{"AWS_ENDPOINT_URL", base_},
                                                {"AWS_ACCESS_KEY_ID", "AK"},
                                                {"AWS_SECRET_ACCESS_KEY", "SK"}}),
                            .retry = {.attempts = 4}};
    client_ = AwsClient::Open(fs_, clock_, std::move(client)).value();
  }

  Result<HttpsAnswer> Send(bool once, int failures, int status, const std::string& failure = "{}") {
    {
      const std::lock_guard lock(mutex_);
      left_ = failures;
      status_ = status;
      failure_ = failure;
    }
    asked_ = 0;
    return client_->Send(
        {.service = "glue", .method = "POST", .origin = base_, .body = "{}", .once = once});
  }

  std::mutex mutex_;
  std::vector<std::string> keys_;
  int left_ = 0;
  int status_ = 200;
  std::string failure_;
  std::atomic<int> asked_ = 0;
  MemoryFileSystem fs_;
  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  std::string base_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<AwsClient> client_;
};

TEST_F(AwsClientTest, RepeatsWhatFailsInPassing) {
  EXPECT_EQ(Send(false, 2, 503)->status, 200);
  EXPECT_EQ(asked_, 3);
  EXPECT_EQ(Send(false, 9, 500)->status, 500);
  EXPECT_EQ(asked_, 4);
  EXPECT_EQ(Send(false, 1, 400)->status, 400);
  EXPECT_EQ(asked_, 1);
}

TEST_F(AwsClientTest, WhatMayBeDoneOnceIsRepeatedOnlyIfItWasNot) {
  EXPECT_EQ(Send(true, 1, 500)->status, 500);
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(Send(true, 1, 400, R"({"__type":"com.amazon#ThrottlingException"})")->status, 200);
  EXPECT_EQ(asked_, 2);
}

TEST_F(AwsClientTest, AsksForCredentialsOnceMoreWhenTheyHaveExpired) {
  EXPECT_EQ(Send(true, 1, 400, R"({"__type":"ExpiredTokenException"})")->status, 200);
  EXPECT_EQ(asked_, 2);
  EXPECT_EQ(Send(true, 9, 400, R"({"__type":"ExpiredTokenException"})")->status, 400);
  EXPECT_EQ(asked_, 2);
}

TEST(AwsErrors, AreReadFromXmlJsonAndHeaders) {
  const auto xml = ReadFailure(
      {.status = 404, .body = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>"});
  EXPECT_EQ(xml.code, "NoSuchKey");
  EXPECT_EQ(ToError(xml, "s3://b/k").code, Code::kNotFound);
  const auto json = ReadFailure(
      {.status = 400, .body = R"({"__type":"a#EntityNotFoundException","Message":"no table"})"});
  EXPECT_EQ(json.code, "EntityNotFoundException");
  EXPECT_EQ(json.message, "no table");
  const auto header =
      ReadFailure({.status = 400, .headers = {{"x-amzn-errortype", "Throttling:http://x"}}});
  EXPECT_TRUE(IsThrottling(header));
  EXPECT_EQ(ToError({403, "AccessDenied", "no"}, "s3://b").code, Code::kAuth);
  EXPECT_EQ(ToError({503, "SlowDown", "no"}, "s3://b").code, Code::kUnavailable);
  EXPECT_EQ(ReadFailure({.status = 502, .body = "<html>bad"}).code, "");
}

}  // namespace
}  // namespace ticklake::net
