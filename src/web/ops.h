// The control plane of a running process, as HTTP routes: readiness, metrics, status, SQL.
//
//   GET /            what there is, as text      GET /v1/status   JSON, from `status`
//   GET /readyz      200 or 503                  POST /v1/sql     docs/sql.md
//   GET /metrics     Prometheus
//
// Threading: the routes may be called from any thread, as HttpServer does. Does not: listen.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/metrics.h"
#include "net/http_server.h"
#include "query/engine.h"

namespace ticklake::web {

struct OpsOptions {
  query::Engine* engine = nullptr;      ///< outlives the server; null: /v1/sql answers 503
  const Metrics* metrics = nullptr;     ///< outlives the server; null: /metrics is empty
  std::function<bool()> ready;          ///< null: always
  std::function<std::string()> status;  ///< a JSON object; null: {}
  std::chrono::milliseconds sql_timeout{600'000};
};

/// Adds the routes, and a fallback that lists them, to a server's options.
void AddOps(const OpsOptions& ops, net::HttpServerOptions& server);

}  // namespace ticklake::web
