// A topic whose records change shape around the table's first commit: no row is lost between the
// schemas, and each batch fits whatever schema the tail or a commit asks for.
//
// The input is records, one a line; an empty line is a commit.

#include <arrow/record_batch.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "lake/rows/decoder.h"

namespace {

using ticklake::lake::TableDecoder;

void Require(bool holds) {
  if (!holds) std::abort();
}

// A decoder, the batches of its tail, and every schema it was committed with.
class Tail {
 public:
  void Take(const ticklake::kafka::RecordChunk& chunk) {
    const auto out = decoder_->Decode({.topic = "t"}, chunk);
    Require(out.has_value() && out->next_offset == chunk.next_offset);
    if (out->rows == nullptr) return;
    Require(out->rows->num_rows() + std::ssize(out->dead) == std::ssize(chunk.records));
    batches_.push_back(out->rows);
  }

  void Commit() {
    committed_.push_back(decoder_->CurrentSchema());
    Require(decoder_->Freeze(committed_.back()).has_value());
  }

  // Every batch under the newest schema, and under those of old commits, as a query or a commit
  // that lost a race would have it.
  void Check() const {
    ConformAll(decoder_->CurrentSchema());
    for (const auto& schema : committed_) ConformAll(schema);
  }

 private:
  void ConformAll(const ticklake::lake::iceberg::Schema& schema) const {
    for (const auto& batch : batches_) {
      const auto fits = decoder_->Conform(batch, schema);
      Require(fits.has_value());
      Require((*fits)->num_rows() == batch->num_rows() && (*fits)->ValidateFull().ok());
      Require((*fits)->num_columns() == static_cast<int>(schema.fields.size()));
    }
  }

  std::unique_ptr<TableDecoder> decoder_ = ticklake::lake::MakeDecoder("t", nullptr);
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  std::vector<ticklake::lake::iceberg::Schema> committed_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  spdlog::set_level(spdlog::level::off);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Tail tail;
  int64_t offset = 0;
  while (!rest.empty()) {
    ticklake::kafka::RecordChunk chunk;
    bool more = true;
    while (more && !rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      more = !line.empty();
      if (!more) break;
      ticklake::kafka::Record record;
      record.offset = offset++;
      record.value = line;
      chunk.records.push_back(record);
    }
    chunk.next_offset = offset;
    if (!chunk.records.empty()) tail.Take(chunk);
    tail.Commit();
  }
  tail.Check();
  return 0;
}
