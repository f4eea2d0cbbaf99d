// The splitter on any bytes: statements lie in the text in order, none holds a semicolon of its
// own, and splitting a statement again, or the text in another way, gives the same.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cli/prompt/statement_splitter.h"

namespace {

using ticklake::cli::SplitStatements;

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto split = SplitStatements(text);
  size_t end = 0;
  std::string joined;
  for (const auto& statement : split.All()) {
    Require(statement.begin >= end && !statement.text.empty());
    end = statement.begin + statement.text.size();
    Require(end <= size && text.substr(statement.begin, statement.text.size()) == statement.text);
    const auto again = SplitStatements(statement.text);
    Require(again.statements.empty() && again.rest.text == statement.text);
    joined += std::string(statement.text) + "\n;";  // the line ends a comment
  }
  const bool whole = split.open == ticklake::query::Open::kNothing;
  if (whole) Require(SplitStatements(joined).statements.size() == split.All().size());
  Require(split.Finished() == (whole && split.rest.text.empty()));
  return 0;
}
