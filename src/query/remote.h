// RunRemote: the same as Engine::Run, asked of a running process over HTTP (docs/sql.md).
//
// Threading: free function. Does not: find the process (cli does).
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>

#include "net/address.h"
#include "query/engine.h"
#include "query/results/writer.h"
#include "query/sql_error.h"

namespace ticklake::query {

struct RemoteQuery {
  net::HostPort server;
  std::string sql;
  WriterOptions output;
  std::stop_token cancel;                      ///< ends the query, in the server too
  std::chrono::milliseconds timeout{600'000};  ///< without a byte from the server
};

/// Sends the statement and passes the formatted rows on as they arrive. Errors: the server's,
/// with their position; kUnavailable when it cannot be reached or says nothing; kIo when the answer
/// broke off after its first rows; kCancelled.
SqlResult<RunStats> RunRemote(const RemoteQuery& query, ByteSink& sink);

/// The HTTP field, of head or trailer, that says how a statement went.
inline constexpr std::string_view kStatsField = "Ticklake-Stats";
/// {"rows":12,"elapsed_ms":31.2,"notes":["…"]} in one line of ASCII, at most some 4 KiB: notes
/// beyond that are counted instead.
std::string StatsToJson(const RunStats& stats);
/// The reverse; what is not understood is left out.
RunStats StatsFromJson(std::string_view json);

/// {"error":{"code":"invalid","message":"…","line":1,"column":8}}; without a position neither
/// of the two.
std::string ErrorToJson(const SqlError& error);
/// The reverse; an answer that is something else becomes kInternal with its text.
SqlError ErrorFromJson(std::string_view json);

}  // namespace ticklake::query
