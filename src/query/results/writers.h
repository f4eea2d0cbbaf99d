// The writers behind MakeWriter, and the buffer they share.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "query/results/writer.h"

namespace ticklake::query {

/// Collects text and hands it on in pieces. Not for several threads.
class BufferedSink {
 public:
  explicit BufferedSink(ByteSink& sink) : sink_(sink) {}

  /// Append here, then Settle.
  std::string& text() { return buffer_; }
  /// Hands the text on if there is enough of it.
  Result<void> Settle();
  Result<void> Flush();

 private:
  static constexpr size_t kPiece = 64 << 10;  // bytes

  ByteSink& sink_;
  std::string buffer_;
};

std::unique_ptr<ResultWriter> MakeTableWriter(const WriterOptions& options, ByteSink& sink);
std::unique_ptr<ResultWriter> MakeExpandedWriter(const WriterOptions& options, ByteSink& sink);
std::unique_ptr<ResultWriter> MakeCsvWriter(ByteSink& sink);
std::unique_ptr<ResultWriter> MakeJsonWriter(ByteSink& sink);
std::unique_ptr<ResultWriter> MakeJsonlWriter(ByteSink& sink);
std::unique_ptr<ResultWriter> MakeParquetWriter(ByteSink& sink);

}  // namespace ticklake::query
