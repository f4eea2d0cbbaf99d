// Records of a topic, one a line: whatever they hold, each becomes a valid row or a dead letter.
#include <arrow/record_batch.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lake/rows/decoder.h"
#include "lake/rows/json_scan.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void Decode(const std::string& topic, const ticklake::kafka::RecordChunk& chunk, int64_t invalid) {
  const auto decoder = ticklake::lake::MakeDecoder(topic, nullptr);
  const auto out = decoder->Decode({.topic = topic}, chunk);
  Require(out.has_value());
  const int64_t rows = out->rows == nullptr ? 0 : out->rows->num_rows();
  Require(rows + std::ssize(out->dead) == std::ssize(chunk.records));
  // Inference takes every JSON object; a fixed schema may refuse more.
  Require(topic == "trades" ? std::ssize(out->dead) >= invalid : std::ssize(out->dead) == invalid);
  if (out->rows == nullptr) return;
  Require(out->rows->ValidateFull().ok());
  const auto conformed = decoder->Conform(out->rows, decoder->CurrentSchema());
  Require(conformed.has_value() && (*conformed)->ValidateFull().ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  spdlog::set_level(spdlog::level::off);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  ticklake::kafka::RecordChunk chunk;
  int64_t invalid = 0;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    ticklake::kafka::Record record;
    record.offset = std::ssize(chunk.records);
    record.value = line;
    chunk.records.push_back(record);
    invalid += ticklake::lake::ScanRecord(line) ? 0 : 1;
  }
  Decode("any", chunk, invalid);
  Decode("trades", chunk, invalid);
  return 0;
}
