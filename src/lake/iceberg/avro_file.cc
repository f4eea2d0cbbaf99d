#include "lake/iceberg/avro_file.h"

#include "base/bytes.h"
#include "base/uuid.h"
#include "lake/iceberg/avro_codec.h"

namespace ticklake::lake::iceberg {
namespace {

constexpr std::string_view kMagic("Obj\1", 4);
constexpr size_t kSyncSize = 16;
constexpr size_t kBlockBytes = 64 << 10;  // before compression
constexpr int64_t kMostRecords = int64_t{1} << 50;
constexpr char kSchemaKey[] = "avro.schema";
constexpr char kCodecKey[] = "avro.codec";

// Walks the bytes of a file.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty(); }
  size_t left() const { return rest_.size(); }
  Result<std::string_view> Take(uint64_t size) {
    if (size > rest_.size()) return Fail(Code::kCorrupt, "Avro file: cut short");
    const std::string_view taken = rest_.substr(0, static_cast<size_t>(size));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  Result<int64_t> TakeLong() {
    uint64_t raw = 0;
    const char* end = rest_.data() + rest_.size();
    const char* next = ReadUvarint(rest_.data(), end, &raw);
    if (!next) return Fail(Code::kCorrupt, "Avro file: cut short");
    rest_.remove_prefix(static_cast<size_t>(next - rest_.data()));
    return UnZigZag(raw);
  }
  /// A length, then that many bytes; a negative length is one that no file has.
  Result<std::string_view> TakeBytes() {
    TL_ASSIGN(const int64_t size, TakeLong());
    return Take(static_cast<uint64_t>(size));
  }

 private:
  std::string_view rest_;
};

Result<std::map<std::string, std::string>> TakeMetadata(Cursor& cursor) {
  std::map<std::string, std::string> metadata;
  while (true) {
    TL_ASSIGN(const int64_t told, cursor.TakeLong());
    if (told == 0) return metadata;
    auto count = static_cast<uint64_t>(told);
    if (told < 0) {
      TL_TRY(cursor.TakeLong());  // the block's size in bytes
      count = -count;
    }
    for (; count != 0; --count) {
      TL_ASSIGN(const std::string_view key, cursor.TakeBytes());
      TL_ASSIGN(const std::string_view value, cursor.TakeBytes());
      metadata[std::string(key)] = value;
    }
  }
}

Result<std::map<std::string, std::string>> TakeBeginning(Cursor& cursor) {
  TL_ASSIGN(const std::string_view magic, cursor.Take(kMagic.size()));
  if (magic != kMagic) return Fail(Code::kCorrupt, "Avro file: does not begin as one");
  return TakeMetadata(cursor);
}

Result<AvroHeader> TakeHeader(Cursor& cursor) {
  AvroHeader header;
  TL_ASSIGN(header.metadata, TakeBeginning(cursor));
  TL_ASSIGN(header.schema, ParseAvroSchema(header.metadata[kSchemaKey]));
  return header;
}

Result<void> ReadBlock(const AvroHeader& header, int64_t count, std::string_view data,
                       const AvroSink& sink) {
  AvroDecoder decoder(data);
  for (; count > 0; --count) {
    TL_ASSIGN(const AvroValue record, decoder.Read(*header.schema));
    TL_TRY(sink(header, record));
  }
  if (!decoder.AtEnd()) return Fail(Code::kCorrupt, "Avro file: a block is too long");
  return {};
}

void AppendBytes(std::string& out, std::string_view bytes) {
  AppendVarint(out, static_cast<int64_t>(bytes.size()));
  out += bytes;
}

}  // namespace

Result<AvroHeader> ReadAvroFile(std::string_view bytes, const AvroSink& sink) {
  Cursor cursor(bytes);
  TL_ASSIGN(AvroHeader header, TakeHeader(cursor));
  const auto named = header.metadata.find(kCodecKey);
  const std::string codec = named == header.metadata.end() ? kCodecNull : named->second;
  TL_ASSIGN(header.sync, cursor.Take(kSyncSize));
  while (!cursor.AtEnd()) {
    TL_ASSIGN(const int64_t count, cursor.TakeLong());
    TL_ASSIGN(const std::string_view packed, cursor.TakeBytes());
    TL_ASSIGN(const std::string_view marker, cursor.Take(kSyncSize));
    if (count < 0 || marker != header.sync)
      return Fail(Code::kCorrupt, "Avro file: a block is damaged");
    TL_ASSIGN(const std::string data, DecompressBlock(codec, packed));
    TL_TRY(ReadBlock(header, count, data, sink));
  }
  return header;
}

Result<AvroSketch> SketchAvroFile(std::string_view bytes) {
  Cursor cursor(bytes);
  AvroSketch sketch;
  TL_ASSIGN(sketch.metadata, TakeBeginning(cursor));
  TL_ASSIGN(const std::string_view sync, cursor.Take(kSyncSize));
  sketch.consumed = bytes.size() - cursor.left();
  while (!cursor.AtEnd()) {
    const auto count = cursor.TakeLong();
    const auto packed = cursor.TakeBytes();
    const auto marker = cursor.Take(kSyncSize);
    if (!count || !packed || !marker) break;  // the bytes end within a block
    if (*count < 0 || *count > kMostRecords - sketch.records || *marker != sync) {
      return Fail(Code::kCorrupt, "Avro file: a block is damaged");
    }
    sketch.records += *count;
    sketch.consumed = bytes.size() - cursor.left();
  }
  return sketch;
}

Result<AvroFileWriter> AvroFileWriter::Make(const std::string& schema_json,
                                            std::map<std::string, std::string> metadata) {
  TL_ASSIGN(AvroTypePtr schema, ParseAvroSchema(schema_json));
  const Uuid sync = Uuid::Random();
  metadata[kSchemaKey] = schema_json;
  return Begin(std::move(schema), std::move(metadata), {sync.bytes.begin(), sync.bytes.end()});
}

Result<AvroFileWriter> AvroFileWriter::Make(const AvroHeader& header) {
  return Begin(header.schema, header.metadata, header.sync);
}

AvroFileWriter AvroFileWriter::Begin(AvroTypePtr schema,
                                     std::map<std::string, std::string> metadata,
                                     std::string sync) {
  AvroFileWriter writer;
  writer.schema_ = std::move(schema);
  writer.sync_ = std::move(sync);
  metadata[kCodecKey] = kCodecDeflate;
  writer.file_ = kMagic;
  AppendVarint(writer.file_, static_cast<int64_t>(metadata.size()));
  for (const auto& [key, value] : metadata) {
    AppendBytes(writer.file_, key);
    AppendBytes(writer.file_, value);
  }
  AppendVarint(writer.file_, 0);
  writer.file_ += writer.sync_;
  return writer;
}

Result<void> AvroFileWriter::Append(const AvroValue& record) {
  TL_TRY(EncodeAvro(*schema_, record, block_));
  ++block_records_;
  return block_.size() >= kBlockBytes ? FlushBlock() : Result<void>();
}

Result<void> AvroFileWriter::FlushBlock() {
  if (block_records_ == 0) return {};
  TL_ASSIGN(const std::string packed, CompressBlock(kCodecDeflate, block_));
  AppendVarint(file_, block_records_);
  AppendBytes(file_, packed);
  file_ += sync_;
  block_.clear();
  block_records_ = 0;
  return {};
}

Result<std::string> AvroFileWriter::Finish() {
  TL_TRY(FlushBlock());
  return std::move(file_);
}

}  // namespace ticklake::lake::iceberg
