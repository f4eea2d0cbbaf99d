// POST /v1/sql: a statement in, formatted rows or a JSON error out (docs/sql.md).
#pragma once

#include <chrono>

#include "net/http_server.h"
#include "query/engine.h"

namespace ticklake::web {

/// Answers one request. Small results are sent whole; larger ones stream, and an error in the
/// middle of one breaks the connection off, so that no client takes a part for the whole.
void AnswerSql(query::Engine& engine, std::chrono::milliseconds timeout,
               const net::HttpRequest& request, net::HttpReply& reply);

}  // namespace ticklake::web
