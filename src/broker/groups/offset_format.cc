#include "broker/groups/offset_format.h"

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace ticklake::broker {
namespace {

void AppendText(std::string& out, std::string_view text) {
  AppendUvarint(out, text.size());
  out.append(text);
}

// Reads a payload; `ok` turns false at the first contradiction.
struct PayloadReader {
  const char* at;
  const char* end;
  bool ok = true;

  template <class T>
  T Number() {
    if (static_cast<size_t>(end - at) < sizeof(T)) {
      ok = false;
      return 0;
    }
    const T value = LoadBig<T>(at);
    at += sizeof(T);
    return value;
  }
  uint64_t Uvarint() {
    uint64_t value = 0;
    const char* next = ReadUvarint(at, end, &value);
    ok = ok && next != nullptr;
    if (ok) at = next;
    return ok ? value : 0;
  }
  std::string_view Raw(uint64_t size) {
    if (size > static_cast<uint64_t>(end - at)) ok = false;
    if (!ok) return {};
    const std::string_view raw(at, size);
    at += size;
    return raw;
  }
  std::string Text() { return std::string(Raw(Uvarint())); }
};

std::string EncodePayload(const OffsetRecord& record) {
  std::string out;
  out.push_back(static_cast<char>(record.kind));
  AppendText(out, record.group);
  AppendUvarint(out, record.entries.size());
  for (const OffsetEntry& entry : record.entries) {
    AppendText(out, entry.topic);
    AppendBig<int32_t>(out, entry.partition);
    if (record.kind != OffsetRecord::Kind::kCommit) continue;
    for (const uint8_t byte : entry.topic_id.bytes) out.push_back(static_cast<char>(byte));
    AppendBig<int64_t>(out, entry.offset);
    AppendBig<int32_t>(out, entry.leader_epoch);
    AppendBig<int64_t>(out, entry.commit_time_ms);
    AppendText(out, entry.metadata);
  }
  return out;
}

std::optional<OffsetRecord> DecodePayload(std::string_view payload) {
  PayloadReader reader{payload.data(), payload.data() + payload.size()};
  OffsetRecord record;
  const auto kind = reader.Number<uint8_t>();
  if (kind < 1 || kind > 3) return std::nullopt;
  record.kind = static_cast<OffsetRecord::Kind>(kind);
  record.group = reader.Text();
  const uint64_t count = reader.Uvarint();
  for (uint64_t i = 0; i < count && reader.ok; ++i) {
    OffsetEntry& entry = record.entries.emplace_back();
    entry.topic = reader.Text();
    entry.partition = reader.Number<int32_t>();
    if (record.kind != OffsetRecord::Kind::kCommit) continue;
    const std::string_view id = reader.Raw(entry.topic_id.bytes.size());
    if (reader.ok) std::ranges::copy(id, entry.topic_id.bytes.begin());
    entry.offset = reader.Number<int64_t>();
    entry.leader_epoch = reader.Number<int32_t>();
    entry.commit_time_ms = reader.Number<int64_t>();
    entry.metadata = reader.Text();
  }
  if (!reader.ok || reader.at != reader.end) return std::nullopt;
  return record;
}

// The payload of the frame at `at`, if it is whole and its CRC is right.
std::optional<std::string_view> FrameAt(std::string_view file, size_t at) {
  if (file.size() - at < kOffsetFrameHeader) return std::nullopt;
  const uint32_t length = LoadBig<uint32_t>(file.data() + at);
  if (length == 0 || length > kMaxOffsetFrame) return std::nullopt;
  if (length > file.size() - at - kOffsetFrameHeader) return std::nullopt;
  const std::string_view payload = file.substr(at + kOffsetFrameHeader, length);
  if (Crc32c(payload) != LoadBig<uint32_t>(file.data() + at + 4)) return std::nullopt;
  return payload;
}

}  // namespace

std::string EncodeOffsetHeader() {
  std::string header(kOffsetMagic);
  AppendBig<uint32_t>(header, kOffsetVersion);
  return header;
}

Result<void> CheckOffsetHeader(std::string_view file) {
  if (file.size() < kOffsetHeaderSize || !file.starts_with(kOffsetMagic)) {
    return Fail(Code::kCorrupt,
                "not a file of group offsets; restore it, or move it away to start "
                "without committed offsets");
  }
  const uint32_t version = LoadBig<uint32_t>(file.data() + kOffsetMagic.size());
  if (version > kOffsetVersion) {
    return Fail(Code::kUnsupported,
                "format version {} is newer than the {} that this program "
                "knows; use a newer ticklake",
                version, kOffsetVersion);
  }
  return {};
}

void AppendOffsetFrame(const OffsetRecord& record, std::string& out) {
  const std::string payload = EncodePayload(record);
  AppendBig<uint32_t>(out, static_cast<uint32_t>(payload.size()));
  AppendBig<uint32_t>(out, Crc32c(payload));
  out.append(payload);
}

OffsetFileContent ReadOffsetFile(std::string_view file) {
  OffsetFileContent content;
  size_t at = kOffsetHeaderSize;
  while (const auto payload = FrameAt(file, at)) {
    auto record = DecodePayload(*payload);
    if (!record) break;
    content.records.push_back(std::move(*record));
    at += kOffsetFrameHeader + payload->size();
  }
  content.intact = at;
  for (size_t later = at + 1; later < file.size() && !content.damaged; ++later) {
    content.damaged = FrameAt(file, later).has_value();
  }
  return content;
}

}  // namespace ticklake::broker
