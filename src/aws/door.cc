#include "aws/door.h"

#include <array>
#include <atomic>

#include <boost/json.hpp>

#include "aws/payload.h"
#include "aws/sts.h"
#include "aws/unknown_service.h"
#include "base/log.h"
#include "base/uuid.h"

namespace ticklake::aws {
namespace {

constexpr uint32_t kMaxHeader = 64
                                << 10;  // bytes: S3 allows 8 KiB of metadata, SDKs add signatures
constexpr size_t kThreads = 64;         // requests at once; each may wait for its client
constexpr size_t kMaxConnections = 1024;

// "AWSGlue.GetTable" is for the service of that prefix.
bool IsFor(const net::HttpRequest& http, std::string_view prefix) {
  const auto target = http.headers.find("x-amz-target");
  return target != http.headers.end() && target->second.starts_with(prefix);
}

// "…Credential=KEY/20260101/us-east-1/glue/aws4_request…" of the header or the query.
struct Scope {
  std::string access_key;
  std::string region = kRegion;
  std::string service;
};

std::string_view CredentialOf(const net::HttpRequest& http) {
  if (const auto query = http.query.find("X-Amz-Credential"); query != http.query.end()) {
    return query->second;
  }
  const auto header = http.headers.find("authorization");
  if (header == http.headers.end()) return {};
  constexpr std::string_view kName = "Credential=";
  const std::string_view text = header->second;
  const size_t begin = text.find(kName);
  if (begin == std::string_view::npos) return {};
  const std::string_view value = text.substr(begin + kName.size());
  return value.substr(0, value.find_first_of(", "));
}

Scope ScopeOf(const net::HttpRequest& http) {
  std::array<std::string_view, 5> parts;
  std::string_view rest = CredentialOf(http);
  for (auto& part : parts) {
    part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  Scope scope{.access_key = std::string(parts[0]), .service = std::string(parts[3])};
  if (!parts[2].empty()) scope.region = parts[2];
  return scope;
}

}  // namespace

class Door::Parts {
 public:
  explicit Parts(DoorOptions options) : options_(std::move(options)) {}

  Result<void> Start() {
    net::HttpServerOptions http;
    http.listen = options_.listen;
    http.listen_option = options_.listen_option;
    http.slow_threads = kThreads;
    http.max_connections = kMaxConnections;
    http.max_header = kMaxHeader;
    http.guard_browsers = false;
    http.fallback_streams = true;
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

  Service& ServiceFor(const net::HttpRequest& http, const Scope& scope) {
    if (IsFor(http, "AWSGlue.")) return *options_.glue;
    if (http.headers.contains("x-amz-target")) return unknown_;
    if (scope.service == "sts" || scope.service == "iam" || IsQueryApi(http)) return sts_;
    return *options_.s3;
  }

  // STS is called by a form in the body; an S3 browser upload is another type of form.
  static bool IsQueryApi(const net::HttpRequest& http) {
    const auto type = http.headers.find("content-type");
    return http.method == "POST" && http.path == "/" && type != http.headers.end() &&
           type->second.starts_with("application/x-www-form-urlencoded");
  }

  void Answer(const net::HttpRequest& http, net::HttpReply& reply) {
    const Scope scope = ScopeOf(http);
    BodyPayload payload(*http.stream);
    const Request request{.http = http,
                          .caller = {.access_key = scope.access_key,
                                     .arn = fmt::format("arn:aws:iam::{}:root", kAccount),
                                     .user_id = kAccount},
                          .id = Uuid::Random().ToString(),
                          .region = scope.region,
                          .payload = payload};
    ServiceFor(http, scope).Serve(request, reply);
    spdlog::debug("aws: {} {} {} {}", request.id, http.peer, http.method, http.path);
  }

  const DoorOptions options_;
  UnknownService unknown_;
  StsService sts_;
  std::unique_ptr<net::HttpServer> server_;
};

Result<std::unique_ptr<Door>> Door::Open(DoorOptions options) {
  auto parts = std::make_unique<Parts>(std::move(options));
  TL_TRY(parts->Start());
  return std::unique_ptr<Door>(new Door(std::move(parts)));
}

Door::Door(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Door::~Door() = default;
uint16_t Door::port() const { return parts_->server().port(); }
void Door::Stop() { parts_->server().Stop(); }

}  // namespace ticklake::aws
