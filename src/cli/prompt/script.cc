#include "cli/prompt/script.h"

#include "cli/prompt/statement_splitter.h"

namespace ticklake::cli {

query::SqlResult<void> RunScript(std::string_view text, const RunFunction& run) {
  const auto statements = SplitStatements(text).All();
  if (statements.empty()) return run(text);
  for (const StatementText& statement : statements) {
    const auto done = run(statement.text);
    if (done) continue;
    query::SqlError error = query::Within(done.error(), text, statement.begin);
    if (error.line == 0 && statements.size() > 1) {
      error.message = fmt::format("the statement at line {}: {}",
                                  query::Locate(text, statement.begin).line, error.message);
    }
    return Fail(std::move(error));
  }
  return {};
}

}  // namespace ticklake::cli
