// What idempotent producers have sent to one partition: duplicates, gaps and zombies are told
// from the next batch in order. Kafka's rules (ProducerStateManager): the last five batches per
// producer id, sequence numbers that wrap after 2^31 - 1, epochs that fence.
//
// Threading: none of its own. Rebuilt at recovery from the checkpoint and the batches after it.
// Does not: give out producer ids (TopicStore does), follow transactions.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "base/result.h"
#include "kafka/record_batch.h"

namespace ticklake::broker {

/// One remembered batch.
struct ProducerBatch {
  int32_t first_sequence = 0;
  int32_t last_sequence = 0;
  int64_t first_offset = 0;
  int64_t last_offset = 0;

  bool operator==(const ProducerBatch&) const = default;
};

struct ProducerEntry {
  int16_t epoch = -1;
  int64_t last_append_ms = 0;         ///< broker's wall clock
  std::deque<ProducerBatch> batches;  ///< newest last, at most five

  bool operator==(const ProducerEntry&) const = default;
};

class ProducerState {
 public:
  enum class Verdict { kAccept, kDuplicate, kOutOfOrder, kStaleEpoch };

  struct Judgement {
    Verdict verdict = Verdict::kAccept;
    ProducerBatch first_copy;  ///< kDuplicate
    std::string message;       ///< kOutOfOrder, kStaleEpoch
  };

  /// What to do with a batch before it is stored; batches without a producer id are accepted.
  Judgement Judge(const kafka::RecordBatch& batch) const;
  /// Remembers a batch that is stored; base_offset is where.
  void Remember(const kafka::RecordBatch& batch, int64_t base_offset, int64_t now_ms);
  /// Forgets producers that sent nothing for longer than `keep_ms`.
  void Expire(int64_t now_ms, int64_t keep_ms);

  const std::map<int64_t, ProducerEntry>& entries() const { return entries_; }
  void Restore(int64_t producer_id, ProducerEntry entry) {
    entries_[producer_id] = std::move(entry);
  }

 private:
  std::map<int64_t, ProducerEntry> entries_;
};

}  // namespace ticklake::broker
