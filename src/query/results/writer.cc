#include "query/results/writer.h"

#include "query/results/writers.h"

namespace ticklake::query {

Result<Format> ParseFormat(std::string_view name) {
  for (const Format format : {Format::kTable, Format::kCsv, Format::kJson, Format::kJsonl}) {
    if (name == FormatName(format)) return format;
  }
  return Fail(Code::kInvalid, "format '{}': unknown; use table, csv, json or jsonl", name);
}

const char* FormatName(Format format) {
  switch (format) {
    case Format::kTable: return "table";
    case Format::kCsv: return "csv";
    case Format::kJson: return "json";
    case Format::kJsonl: return "jsonl";
  }
  return "table";
}

const char* ContentType(Format format) {
  switch (format) {
    case Format::kTable: return "text/plain; charset=utf-8";
    case Format::kCsv: return "text/csv; charset=utf-8; header=present";
    case Format::kJson: return "application/json";
    case Format::kJsonl: return "application/x-ndjson";
  }
  return "text/plain; charset=utf-8";
}

std::unique_ptr<ResultWriter> MakeWriter(const WriterOptions& options, ByteSink& sink) {
  switch (options.format) {
    case Format::kTable: return MakeTableWriter(options, sink);
    case Format::kCsv: return MakeCsvWriter(sink);
    case Format::kJson: return MakeJsonWriter(sink);
    case Format::kJsonl: return MakeJsonlWriter(sink);
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
