#include "broker/log/producer_state.h"

#include <algorithm>
#include <limits>

namespace ticklake::broker {
namespace {

constexpr size_t kRemembered = 5;  // a client has at most five requests in flight
constexpr int32_t kMaxSequence = std::numeric_limits<int32_t>::max();

/// Sequences wrap from 2^31 - 1 to 0.
int32_t Advance(int32_t sequence, int32_t by) {
  return static_cast<int32_t>((static_cast<int64_t>(sequence) + by) &
                              static_cast<int64_t>(kMaxSequence));
}

}  // namespace

ProducerState::Judgement ProducerState::Judge(const kafka::RecordBatch& batch) const {
  if (batch.producer_id() < 0) return {};
  const auto found = entries_.find(batch.producer_id());
  if (found == entries_.end()) return {};  // forgotten or new: any sequence may be the first
  const ProducerEntry& entry = found->second;
  const int32_t first = batch.base_sequence();
  if (batch.producer_epoch() < entry.epoch) {
    return {.verdict = Verdict::kStaleEpoch,
            .message = fmt::format("producer {}: epoch {} was fenced off by epoch {}",
                                   batch.producer_id(), batch.producer_epoch(), entry.epoch)};
  }
  if (batch.producer_epoch() > entry.epoch) {
    if (first == 0) return {};
    return {.verdict = Verdict::kOutOfOrder,
            .message = fmt::format("producer {}: the new epoch {} begins with sequence {}, not 0",
                                   batch.producer_id(), batch.producer_epoch(), first)};
  }
  const int32_t last = Advance(first, batch.last_offset_delta());
  for (const ProducerBatch& known : entry.batches) {
    if (known.first_sequence == first && known.last_sequence == last) {
      return {.verdict = Verdict::kDuplicate, .first_copy = known, .message = {}};
    }
  }
  if (entry.batches.empty() || first == Advance(entry.batches.back().last_sequence, 1)) return {};
  return {.verdict = Verdict::kOutOfOrder,
          .message = fmt::format("producer {}: sequence {} came after {}", batch.producer_id(),
                                 first, entry.batches.back().last_sequence)};
}

void ProducerState::Remember(const kafka::RecordBatch& batch, int64_t base_offset, int64_t now_ms) {
  if (batch.producer_id() < 0) return;
  ProducerEntry& entry = entries_[batch.producer_id()];
  if (batch.producer_epoch() != entry.epoch) entry.batches.clear();
  entry.epoch = batch.producer_epoch();
  entry.last_append_ms = now_ms;
  entry.batches.push_back({batch.base_sequence(),
                           Advance(batch.base_sequence(), batch.last_offset_delta()), base_offset,
                           base_offset + batch.last_offset_delta()});
  if (entry.batches.size() > kRemembered) entry.batches.pop_front();
}

void ProducerState::Expire(int64_t now_ms, int64_t keep_ms) {
  for (auto& [id, entry] : entries_) {
    // A time ahead of the clock is of a time when that was wrong.
    entry.last_append_ms = std::min(entry.last_append_ms, now_ms);
  }
  std::erase_if(entries_,
                [&](const auto& entry) { return entry.second.last_append_ms < now_ms - keep_ms; });
}

}  // namespace ticklake::broker
