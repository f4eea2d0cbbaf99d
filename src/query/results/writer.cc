#include "query/results/writer.h"

#include <fmt/ranges.h>
#include <algorithm>

#include "query/results/writers.h"

namespace ticklake::query {

Result<Format> ParseFormat(std::string_view name) {
  const auto found = std::ranges::find(kFormatNames, name);
  if (found != kFormatNames.end()) return static_cast<Format>(found - kFormatNames.begin());
  return Fail(Code::kInvalid, "format '{}': unknown; use {}", name, fmt::join(kFormatNames, ", "));
}

std::string_view FormatName(Format format) { return kFormatNames[static_cast<size_t>(format)]; }

const char* ContentType(Format format) {
  switch (format) {
    case Format::kTable:
    case Format::kExpanded: return "text/plain; charset=utf-8";
    case Format::kCsv: return "text/csv; charset=utf-8; header=present";
    case Format::kJson: return "application/json";
    case Format::kJsonl: return "application/x-ndjson";
    case Format::kParquet: return "application/vnd.apache.parquet";
  }
  return "text/plain; charset=utf-8";
}

std::unique_ptr<ResultWriter> MakeWriter(const WriterOptions& options, ByteSink& sink) {
  switch (options.format) {
    case Format::kTable: return MakeTableWriter(options, sink);
    case Format::kExpanded: return MakeExpandedWriter(options, sink);
    case Format::kCsv: return MakeCsvWriter(sink);
    case Format::kJson: return MakeJsonWriter(sink);
    case Format::kJsonl: return MakeJsonlWriter(sink);
    case Format::kParquet: return MakeParquetWriter(sink);
  }
  return nullptr;
}

Result<void> BufferedSink::Settle() { return buffer_.size() < kPiece ? Result<void>{} : Flush(); }

Result<void> BufferedSink::Flush() {
  if (buffer_.empty()) return {};
  Result<void> written = sink_.Write(buffer_);
  buffer_.clear();
  return written;
}

}  // namespace ticklake::query
