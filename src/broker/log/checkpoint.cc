#include "broker/log/checkpoint.h"

#include "broker/log/log_format.h"
#include "broker/log/stamped_text.h"

namespace ticklake::broker {
namespace {

constexpr Stamp kStamp{"checkpoint", kCheckpointVersion};
constexpr size_t kProducerWords = 6;

std::string FormatProducer(int64_t id, const ProducerEntry& entry) {
  std::string line =
      fmt::format("producer {} epoch {} appended-ms {}", id, entry.epoch, entry.last_append_ms);
  for (const ProducerBatch& batch : entry.batches) {
    line += fmt::format(" {} {} {} {}", batch.first_sequence, batch.last_sequence,
                        batch.first_offset, batch.last_offset);
  }
  return line + "\n";
}

bool ParseProducer(const std::vector<std::string_view>& words, ProducerState& producers) {
  if (words.size() < kProducerWords || (words.size() - kProducerWords) % 4 != 0) return false;
  int64_t id = 0;
  int64_t epoch = 0;
  ProducerEntry entry;
  if (!ParseNumber(words[1], &id) || !ParseNumber(words[3], &epoch) ||
      !ParseNumber(words[5], &entry.last_append_ms)) {
    return false;
  }
  entry.epoch = static_cast<int16_t>(epoch);
  for (size_t i = kProducerWords; i < words.size(); i += 4) {
    int64_t numbers[4];
    for (size_t j = 0; j < 4; ++j) {
      if (!ParseNumber(words[i + j], &numbers[j])) return false;
    }
    entry.batches.push_back({static_cast<int32_t>(numbers[0]), static_cast<int32_t>(numbers[1]),
                             numbers[2], numbers[3]});
  }
  producers.Restore(id, std::move(entry));
  return true;
}

bool ParseLine(std::string_view line, Checkpoint& checkpoint) {
  const auto words = Words(line);
  if (words[0] == "producer") return ParseProducer(words, checkpoint.producers);
  if (words[0] == "log-start" && words.size() == 2) {
    return ParseNumber(words[1], &checkpoint.log_start);
  }
  if (words[0] == "boot" && words.size() == 2) {
    checkpoint.boot_id = words[1];
    return true;
  }
  if (words[0] == "cut-at" && words.size() == 2) {
    return ParseNumber(words[1], &checkpoint.cut_at.emplace());
  }
  int64_t position = 0;
  if (words[0] != "recovered-to" || words.size() != 6 ||
      !ParseNumber(words[1], &checkpoint.recovery_offset) ||
      !ParseNumber(words[3], &checkpoint.segment_base) || !ParseNumber(words[5], &position)) {
    return false;
  }
  checkpoint.position = static_cast<uint64_t>(position);
  return true;
}

}  // namespace

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  std::string body =
      fmt::format("log-start {}\nrecovered-to {} segment {} position {}\n", checkpoint.log_start,
                  checkpoint.recovery_offset, checkpoint.segment_base, checkpoint.position);
  if (!checkpoint.boot_id.empty()) body += fmt::format("boot {}\n", checkpoint.boot_id);
  if (checkpoint.cut_at) body += fmt::format("cut-at {}\n", *checkpoint.cut_at);
  for (const auto& [id, entry] : checkpoint.producers.entries()) body += FormatProducer(id, entry);
  return StampText(kStamp, body);
}

Result<Checkpoint> ParseCheckpoint(std::string_view text, std::string_view path) {
  TL_ASSIGN(const auto lines, CheckStamp(kStamp, text, path));
  Checkpoint checkpoint;
  for (const std::string_view line : lines) {
    if (!ParseLine(line, checkpoint)) {
      return Fail(Code::kCorrupt, "{}: cannot read the line '{}'", path, line);
    }
  }
  return checkpoint;
}

}  // namespace ticklake::broker
