#include "aws/door.h"

#include <algorithm>
#include <cctype>

#include <boost/json.hpp>

#include "aws/auth_errors.h"
#include "aws/authenticator.h"
#include "aws/aws_try.h"
#include "aws/payload.h"
#include "aws/request_payload.h"
#include "aws/sts.h"
#include "aws/unknown_service.h"
#include "aws/xml_writer.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/uuid.h"
#include "net/byte_budget.h"

namespace ticklake::aws {
namespace {

constexpr uint32_t kMaxHeader = 64
                                << 10;  // bytes: S3 allows 8 KiB of metadata, SDKs add signatures
constexpr size_t kThreads = 64;         // requests at once; each may wait for its client
constexpr size_t kMaxConnections = 1024;
constexpr size_t kMaxJson = 4 << 20;   // bytes of a body of Glue's
constexpr size_t kMaxForm = 64 << 10;  // bytes of a body of STS's
constexpr size_t kMaxBodies = 64 << 20;

std::string_view Field(const net::HttpRequest& http, const std::string& name) {
  const auto field = http.headers.find(name);
  return field == http.headers.end() ? std::string_view() : field->second;
}

// Who answers, and how the door has to look at it.
struct Asked {
  Service* service = nullptr;
  const char* name = "";  // of the signature's scope; "" for any
  Wire wire = Wire::kS3;
  size_t max_body = 0;  // of one that is read before it is checked
};

// The fourth part of "…Credential=KEY/20260101/us-east-1/glue/aws4_request…".
std::string_view SignedService(const net::HttpRequest& http) {
  std::string_view text = Field(http, "authorization");
  constexpr std::string_view kName = "Credential=";
  if (const size_t at = text.find(kName); at != std::string_view::npos) {
    text = text.substr(at + kName.size());
    text = text.substr(0, text.find_first_of(", "));
  } else {
    const auto query = http.query.find("X-Amz-Credential");
    if (query == http.query.end()) return {};
    text = query->second;
  }
  const size_t last = text.rfind('/');
  if (last == std::string_view::npos || last == 0) return {};
  const size_t before = text.rfind('/', last - 1);
  return before == std::string_view::npos ? "" : text.substr(before + 1, last - before - 1);
}

// STS is called by a form in the body; an S3 browser upload is another type of form.
bool IsQueryApi(const net::HttpRequest& http) {
  if (http.path != "/") return false;
  if (http.query.contains("Action") && http.query.contains("Version")) return true;
  return http.method == "POST" &&
         Field(http, "content-type").starts_with("application/x-www-form-urlencoded");
}

// "3F2504E04F8911D3", as S3 has it.
std::string NewRequestId() {
  const Uuid uuid = Uuid::Random();
  std::string id = Hex({reinterpret_cast<const char*>(uuid.bytes.data()), 8});
  for (char& c : id) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return id;
}

// What the server itself refuses, before it is known whom it was for: as S3 says it.
net::HttpRefusalBody RefusalBody(const net::HttpRefusal& refusal) {
  std::string_view code = "BadRequest";
  std::string message(refusal.message);
  if (!refusal.target.empty()) {
    code = "InvalidURI";
    message = "Couldn't parse the specified URI: " + message;
  }
  if (refusal.status == 413) code = "EntityTooLarge";
  if (refusal.status == 431) code = "RequestHeaderSectionTooLarge";
  if (refusal.status == 503) code = "ServiceUnavailable";
  XmlWriter xml("Error", "");
  xml.Text("Code", code).Text("Message", message);
  if (!refusal.target.empty()) xml.Text("Resource", refusal.target);
  xml.Text("RequestId", NewRequestId());
  return {std::string(kXmlType), xml.Finish()};
}

}  // namespace

class Door::Parts {
 public:
  Parts(DoorOptions options, bool keys_required)
      : options_(std::move(options)),
        auth_({.keys = options_.keys,
               .clock = options_.clock,
               .keys_required = keys_required,
               .cors_allows = options_.cors_allows}),
        sts_(auth_, *options_.clock) {}

  Result<void> Start() {
    net::HttpServerOptions http;
    http.listen = options_.listen;
    http.listen_option = options_.listen_option;
    http.slow_threads = kThreads;
    http.max_connections = kMaxConnections;
    http.max_header = kMaxHeader;
    http.guard_browsers = false;
    http.fallback_streams = true;
    http.refusal_body = RefusalBody;
    http.fallback = [this](const net::HttpRequest& request, net::HttpReply& reply) {
      Answer(request, reply);
    };
    for (const char* path : {"/_ticklake/health", "/_localstack/health"}) {
      http.routes.push_back({"GET", path, [this](const net::HttpRequest&, net::HttpReply& reply) {
                               SendHealth(reply);
                             }});
    }
    TL_ASSIGN(server_, net::HttpServer::Start(std::move(http)));
    return {};
  }

  net::HttpServer& server() { return *server_; }

 private:
  void SendHealth(net::HttpReply& reply) const {
    const bool ready = !options_.ready || options_.ready();
    boost::json::object services;
    for (const char* name : {"s3", "glue", "sts"}) services[name] = ready ? "running" : "starting";
    reply.Send(ready ? 200 : 503, "application/json",
               boost::json::serialize(boost::json::object{
                   {"services", services}, {"status", ready ? "ready" : "starting"}}));
  }

  Asked FindService(const net::HttpRequest& http) {
    const std::string_view target = Field(http, "x-amz-target");
    if (target.starts_with("AWSGlue.")) return {options_.glue, "glue", Wire::kJson, kMaxJson};
    if (!target.empty()) return {&unknown_, "", Wire::kJson, kMaxJson};
    const std::string_view service = SignedService(http);
    if (service == "sts" || service == "iam" || IsQueryApi(http)) {
      return {&sts_, "sts", Wire::kQuery, kMaxForm};
    }
    return {options_.s3, "s3", Wire::kS3, 0};
  }

  // Small bodies are read first: their digest is signed, and SDKs do not send it.
  AwsResult<void> ServeSmall(const net::HttpRequest& http, const Asked& asked,
                             const std::string& id, net::HttpReply& reply) {
    const size_t most = http.stream->length().value_or(asked.max_body);
    if (!bodies_.TryTake(std::min(most, asked.max_body))) {
      return AwsFail(503, "ServiceUnavailable",
                     "too many large requests at a time; send it again later");
    }
    const net::ByteLease lease(&bodies_, std::min(most, asked.max_body));
    PlainPayload plain(*http.stream);
    AWS_ASSIGN(std::string body, ReadAll(plain, asked.max_body));
    AWS_ASSIGN(Authenticated who,
               auth_.Check(http, {.name = asked.name, .digest = net::Sha256Hex(body)}));
    BytesPayload payload(std::move(body));
    asked.service->Serve({.http = http,
                          .caller = std::move(who.caller),
                          .id = id,
                          .region = std::move(who.region),
                          .payload = payload},
                         reply);
    return {};
  }

  AwsResult<void> ServeStream(const net::HttpRequest& http, const Asked& asked,
                              const std::string& id, net::HttpReply& reply) {
    std::string bucket;
    if (options_.bucket_of_host) bucket = options_.bucket_of_host(Field(http, "host"));
    AWS_ASSIGN(Authenticated who,
               auth_.Check(http, {.name = asked.name, .digest = {}, .bucket = bucket}));
    AWS_ASSIGN(const std::unique_ptr<Payload> payload, MakePayload(http, std::move(who.body)));
    asked.service->Serve({.http = http,
                          .caller = std::move(who.caller),
                          .id = id,
                          .region = std::move(who.region),
                          .payload = *payload,
                          .form = who.by_form ? &auth_ : nullptr},
                         reply);
    return {};
  }

  void Answer(const net::HttpRequest& http, net::HttpReply& reply) {
    const std::string id = NewRequestId();
    const Asked asked = FindService(http);
    Count("ticklake_aws_requests_total", "Requests to the AWS door, by the service asked", asked);
    auto served = asked.max_body > 0 ? ServeSmall(http, asked, id, reply)
                                     : ServeStream(http, asked, id, reply);
    spdlog::debug("aws: {} {} {} {}{}", id, http.peer, http.method, http.path,
                  served ? "" : ": refused with " + served.error().code);
    if (served) return;
    Count("ticklake_aws_refused_total", "Requests that the AWS door itself refused", asked);
    asked.service->Refuse(http, InWordsOf(asked.wire, std::move(served).error()), id, reply);
  }

  void Count(std::string_view name, std::string_view help, const Asked& asked) {
    if (options_.metrics == nullptr) return;
    const std::string service = *asked.name == '\0' ? "unknown" : asked.name;
    options_.metrics->Counter(name, help, {{"service", service}}).Increment();
  }

  const DoorOptions options_;
  Authenticator auth_;
  net::ByteBudget bodies_{kMaxBodies};
  UnknownService unknown_;
  StsService sts_;
  std::unique_ptr<net::HttpServer> server_;
};

Result<std::unique_ptr<Door>> Door::Open(DoorOptions options) {
  const bool reached_by_others = !net::IsLoopback(options.listen.host);
  bool has_keys = false;
  if (options.keys != nullptr) {
    TL_ASSIGN(const auto ring, options.keys->Keys());
    has_keys = ring != nullptr;
    if (has_keys && ring->keys.empty()) {
      spdlog::warn(
          "{}: no key is left, so the AWS door refuses everybody; make one with `ticklake "
          "keys create`, or delete the file to let anybody in from this machine",
          options.keys->path());
    }
  }
  if (reached_by_others && !has_keys) {
    return Fail(Code::kAuth,
                "{} {}: others reach this address, and there are no keys: make one with `ticklake "
                "keys create`, or listen on 127.0.0.1",
                options.listen_option, options.listen.ToString());
  }
  if (!has_keys) {
    spdlog::info(
        "aws: any access key is accepted, from this machine only; `ticklake keys create` "
        "makes one, and then requests must be signed");
  }
  auto parts = std::make_unique<Parts>(std::move(options), reached_by_others);
  TL_TRY(parts->Start());
  return std::unique_ptr<Door>(new Door(std::move(parts)));
}

Door::Door(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Door::~Door() = default;
uint16_t Door::port() const { return parts_->server().port(); }
void Door::Stop() { parts_->server().Stop(); }

}  // namespace ticklake::aws
