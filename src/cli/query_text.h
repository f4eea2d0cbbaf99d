// A query's formatted result as one string, for small results inside a command.
#pragma once

#include <string>
#include <string_view>

#include "query/engine.h"
#include "query/results/writer.h"

namespace ticklake::cli {

/// max_width: of a table's lines; 0: no limit.
Result<std::string> QueryText(query::Engine& engine, std::string_view sql, query::Format format,
                              size_t max_width);

/// Writes to a file descriptor; a closed pipe is kCancelled.
class FdSink : public query::ByteSink {
 public:
  explicit FdSink(int fd) : fd_(fd) {}
  Result<void> Write(std::string_view bytes) override;

 private:
  int fd_;
};

}  // namespace ticklake::cli
