#include "web/ops.h"

#include <string_view>

#include "web/prometheus_text.h"
#include "web/sql_endpoint.h"

namespace ticklake::web {
namespace {

using net::HttpReply;
using net::HttpRequest;

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json";

constexpr std::string_view kIndex =
    "Ticklake\n\n"
    "GET  /readyz     200 when everything runs, else 503\n"
    "GET  /metrics    for Prometheus\n"
    "GET  /v1/status  topics, tables, lag, as JSON\n"
    "POST /v1/sql     the body is one SQL statement; "
    "?format=table|expanded|csv|json|jsonl|parquet\n\n"
    "curl --data-binary 'SHOW TABLES' http://HOST:PORT/v1/sql\n";

}  // namespace

void AddOps(const OpsOptions& ops, net::HttpServerOptions& server) {
  server.routes.push_back(
      {"GET", "/", [](const HttpRequest&, HttpReply& reply) { reply.Send(200, kText, kIndex); }});
  server.routes.push_back(
      {"GET", "/readyz", [ready = ops.ready](const HttpRequest&, HttpReply& reply) {
         const bool yes = !ready || ready();
         reply.Send(yes ? 200 : 503, kText, yes ? "ready\n" : "not ready\n");
       }});
  server.routes.push_back(
      {"GET", "/metrics", [metrics = ops.metrics](const HttpRequest&, HttpReply& reply) {
         reply.Send(200, kPrometheusType, metrics == nullptr ? "" : PrometheusText(*metrics));
       }});
  server.routes.push_back(
      {"GET", "/v1/status", [status = ops.status](const HttpRequest&, HttpReply& reply) {
         reply.Send(200, kJson, status ? status() : "{}\n");
       }});
  const auto sql = [engine = ops.engine, timeout = ops.sql_timeout](const HttpRequest& request,
                                                                    HttpReply& reply) {
    if (engine != nullptr) return AnswerSql(*engine, timeout, request, reply);
    reply.Send(503, kJson, net::JsonError("unavailable", "SQL: this process has no query engine"));
  };
  server.routes.push_back({"POST", "/v1/sql", sql, true});

  std::string paths;
  for (const net::HttpRoute& route : server.routes) {
    paths += (paths.empty() ? "" : ", ") + route.method + ' ' + route.path;
  }
  server.fallback = [paths](const HttpRequest& request, HttpReply& reply) {
    reply.Send(404, kJson,
               net::JsonError("not_found",
                              fmt::format("{}: no such path; there are {}", request.path, paths)));
  };
}

}  // namespace ticklake::web
