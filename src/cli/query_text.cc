#include "cli/query_text.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ticklake::cli {
namespace {

class StringSink : public query::ByteSink {
 public:
  Result<void> Write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  std::string text;
};

}  // namespace

Result<std::string> QueryText(query::Engine& engine, std::string_view sql, query::Format format,
                              size_t max_width) {
  StringSink sink;
  const auto writer = query::MakeWriter({.format = format, .max_width = max_width}, sink);
  if (const auto done = engine.Run(sql, *writer); !done) return Fail(done.error().ToError());
  return std::move(sink.text);
}

Result<void> FdSink::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Fail(Code::kIo, "standard output: {}", std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

}  // namespace ticklake::cli
