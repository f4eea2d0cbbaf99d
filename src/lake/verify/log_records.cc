#include "lake/verify/log_records.h"

#include <algorithm>

namespace ticklake::lake {
namespace {

class Comparison {
 public:
  Comparison(Ledger& ledger, size_t examples) : ledger_(ledger), examples_(examples) {}

  void Record(const kafka::Record& record) {
    const bool stored = ledger_.stored.Contains(record.offset);
    if (record.value) {
      if (stored) return;
      if (ledger_.Lost(record.offset)) {
        ++ledger_.totals.holes;
      } else {
        ledger_.missing.Add(record.offset, examples_);
      }
    } else if (stored) {
      ledger_.unexpected.Add(record.offset, examples_);
    } else {
      ++ledger_.totals.tombstones;
    }
  }

  /// Offsets without a committed record.
  void Hole(int64_t from, int64_t to) {
    for (int64_t offset = from; offset < to; ++offset) {
      if (ledger_.stored.Contains(offset)) {
        ledger_.unexpected.Add(offset, examples_);
      } else {
        ++ledger_.totals.holes;
      }
    }
  }

  void Damaged(int64_t from, int64_t to) {
    for (int64_t offset = from; offset < to; ++offset) {
      if (ledger_.stored.Contains(offset)) continue;
      if (ledger_.Lost(offset)) {
        ++ledger_.totals.holes;
      } else {
        ledger_.damaged.Add(offset, examples_);
      }
    }
  }

 private:
  Ledger& ledger_;
  size_t examples_;
};

}  // namespace

Result<void> CompareWithLog(kafka::LogReader& reader, const VerifyOptions& options,
                            Ledger& ledger) {
  Comparison comparison(ledger, options.examples);
  const kafka::LogId& log = ledger.totals.log;
  const int64_t end = ledger.totals.to;
  int64_t at = ledger.totals.from;
  while (at < end) {
    const auto chunk = reader.Read(log, at, options.read_bytes);
    if (!chunk && chunk.error().code == Code::kCorrupt) {
      TL_ASSIGN(const int64_t next, reader.NextBatchOffset(log, at));
      comparison.Damaged(at, std::min(next, end));
      at = next;
      continue;
    }
    if (!chunk) return Fail(chunk.error());
    if (chunk->next_offset == at) {
      return Fail(Code::kCheckFailed,
                  "{}: it ends at {}, but the table stands at {}: records that are committed are "
                  "not in the log any more",
                  NameOf(log, ledger.totals.topic), at, end);
    }
    for (const kafka::Record& record : chunk->records) {
      if (record.offset >= end) break;
      comparison.Hole(at, record.offset);
      comparison.Record(record);
      at = record.offset + 1;
    }
    const int64_t next = std::min(chunk->next_offset, end);
    comparison.Hole(at, next);
    at = std::max(at, next);
  }
  return {};
}

}  // namespace ticklake::lake
