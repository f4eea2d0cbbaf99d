// RunRemote: the same as Engine::Run, asked of a running process over HTTP (docs/sql.md).
//
// Threading: free function. Does not: find the process (cli does).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "net/address.h"
#include "query/results/writer.h"
#include "query/sql_error.h"

namespace ticklake::query {

struct RemoteQuery {
  net::HostPort server;
  std::string sql;
  WriterOptions output;
};

/// Sends the statement and passes the formatted rows on as they arrive. Errors: the server's,
/// with their position; kUnavailable when it cannot be reached or says nothing; kIo when the answer
/// broke off after its first rows.
SqlResult<void> RunRemote(const RemoteQuery& query, ByteSink& sink);

/// {"error":{"code":"invalid","message":"…","line":1,"column":8}}; without a position neither
/// of the two.
std::string ErrorToJson(const SqlError& error);
/// The reverse; an answer that is something else becomes kInternal with its text.
SqlError ErrorFromJson(std::string_view json);

}  // namespace ticklake::query
