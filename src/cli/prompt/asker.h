// Asker: who answers the prompt's statements.
//
// Threading: one thread asks. Does not: format anything for people.
#pragma once

#include <stop_token>
#include <string>

#include "query/engine.h"
#include "query/results/writer.h"
#include "query/sql_error.h"

namespace ticklake::cli {

struct Question {
  std::string sql;  ///< one statement
  query::WriterOptions output;
  std::stop_token cancel;
  std::chrono::milliseconds timeout{0};  ///< 0: as long as it takes
};

class Asker {
 public:
  virtual ~Asker() = default;
  virtual query::SqlResult<query::RunStats> Ask(const Question& question,
                                                query::ByteSink& sink) = 0;
  /// Who answers now: "ticklake up, process 12, at 127.0.0.1:8080".
  virtual std::string Where() = 0;
};

}  // namespace ticklake::cli
