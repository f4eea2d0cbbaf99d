#include "lake/rows/decoder.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "lake/rows/arrow_schema.h"
#include "lake/rows/conform.h"
#include "lake/rows/evolve.h"
#include "lake/rows/names.h"
#include "lake/rows/row_batch.h"

namespace ticklake::lake {
namespace {

/// Arrow's string columns have 32-bit offsets, and bytes that are not UTF-8 triple as U+FFFD.
constexpr size_t kMaxChunkBytes = size_t{600} << 20;

/// Records looked at ahead when a record asks for new columns: few at first, for tables whose
/// first record shows all; more each time, so that sparse columns come in few steps.
constexpr size_t kFirstLookAhead = 16;
constexpr size_t kLookAheadFactor = 4;

/// Of one call, about: bytes of all columns together, if every one is filled.
constexpr int64_t kMaxDecodedBytes = int64_t{16} << 20;
constexpr int64_t kFewRows = 1024;

/// Of one call, about: bytes of values, each of which becomes at least as much again; elements of
/// lists; and what a dead letter takes beside its payload, which may be nothing.
constexpr size_t kMaxValueBytes = size_t{16} << 20;
constexpr size_t kDeadLetterBytes = sizeof(DeadLetter) + 96;

/// Elements of lists that are worth a part of their own when new columns come: each would get them.
constexpr int64_t kFewListBytes = int64_t{1} << 20;

int64_t MostRows(const SchemaSnapshot& snapshot) {
  constexpr int64_t kValueBytes = 9;  // with its validity, while it is built
  const int64_t leaves = std::max<int64_t>(CountLeaves(snapshot.schema), 1);
  return std::max(kFewRows, kMaxDecodedBytes / (kValueBytes * leaves));
}

using Snapshot = std::shared_ptr<const SchemaSnapshot>;
using Batch = std::shared_ptr<arrow::RecordBatch>;

/// The schema that all threads of a decoder share.
class SharedSchema {
 public:
  SharedSchema(std::string topic, const iceberg::Schema* committed)
      : topic_(std::move(topic)), fixed_(FindFixedSchema(topic_)) {
    const iceberg::Schema initial = InitialSchema(topic_);
    Publish(committed == nullptr ? initial : AdoptSchema(*committed, SystemOf(initial)),
            committed != nullptr, false);
  }

  Snapshot Current() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

  /// Adds what records of that shape ask for.
  Snapshot Grow(const Shape& shape) {
    const std::lock_guard lock(mutex_);
    iceberg::Schema schema = current_->schema;
    GrowOptions options{.frozen = current_->frozen, .hidden = {}};
    if (fixed_ != nullptr) {
      for (const FixedColumn& column : fixed_->columns) {
        if (!column.exact_of.empty()) options.hidden.push_back(column.name);
      }
    }
    int32_t next_id = next_id_;
    const Growth growth = GrowSchema(schema, shape, options, &next_id);
    next_id_ = next_id;
    for (const std::string& warning : growth.warnings)
      spdlog::warn("topic '{}': {}", topic_, warning);
    const bool full = current_->full || growth.full;
    if (full && !current_->full) {
      spdlog::warn(
          "topic '{}': has {} columns, the most that inference makes; further fields go to '{}'",
          topic_, kMaxLeafColumns, kRescuedColumn);
    }
    if (growth.changed || full != current_->full)
      Publish(std::move(schema), current_->frozen, full);
    return current_;
  }

  void Freeze(const iceberg::Schema& committed) {
    const std::lock_guard lock(mutex_);
    iceberg::Schema schema = AdoptSchema(committed, current_->schema);
    const bool same =
        schema.SameFields(current_->schema) && schema.schema_id == current_->schema.schema_id;
    if (!same || !current_->frozen) Publish(std::move(schema), true, current_->full);
  }

 private:
  static iceberg::Schema SystemOf(const iceberg::Schema& schema) {
    iceberg::Schema out;
    std::ranges::copy_if(schema.fields, std::back_inserter(out.fields), [](const auto& f) {
      return f.name == kKafkaColumn || f.name == kRescuedColumn;
    });
    return out;
  }

  void Publish(iceberg::Schema schema, bool frozen, bool full) {
    next_id_ = std::max(next_id_, schema.HighestFieldId() + 1);
    auto arrow = ToArrowSchema(schema);
    current_ =
        std::make_shared<SchemaSnapshot>(std::move(schema), std::move(arrow), fixed_, frozen, full);
  }

  const std::string topic_;
  const FixedSchema* const fixed_;
  mutable std::mutex mutex_;
  Snapshot current_;
  int32_t next_id_ = 1;
};

/// Builders between calls: one for each thread that decodes, kept while the schema stays.
class BuilderPool {
 public:
  std::unique_ptr<RowBatchBuilder> Borrow(const Snapshot& snapshot) {
    {
      const std::lock_guard lock(mutex_);
      while (!idle_.empty()) {
        auto builder = std::move(idle_.back());
        idle_.pop_back();
        if (builder->snapshot() == snapshot) return builder;
      }
    }
    return std::make_unique<RowBatchBuilder>(snapshot);
  }
  void Return(std::unique_ptr<RowBatchBuilder> builder) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(builder));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<RowBatchBuilder>> idle_;
};

/// One call of Decode.
class ChunkDecoder {
 public:
  ChunkDecoder(SharedSchema& schema, BuilderPool& pool, const LogSource& source,
               const kafka::RecordChunk& chunk)
      : schema_(schema), pool_(pool), source_(source), chunk_(chunk) {
    Renew(schema_.Current());
  }
  ~ChunkDecoder() {
    if (builder_->rows() == 0) pool_.Return(std::move(builder_));
  }
  ChunkDecoder(const ChunkDecoder&) = delete;
  ChunkDecoder& operator=(const ChunkDecoder&) = delete;

  Result<DecodedChunk> Run() {
    out_.next_offset = chunk_.next_offset;
    for (size_t i = 0; i < chunk_.records.size(); ++i) {
      const kafka::Record& record = chunk_.records[i];
      if (!record.value) {
        ++out_.tombstones;
        continue;
      }
      if (rows() >= most_rows_ || value_bytes_ >= kMaxValueBytes ||
          list_bytes_ >= kMaxDecodedBytes) {
        full_ = true;
      } else {
        value_bytes_ += record.value->size();
        Add(i);
      }
      if (!full_) continue;
      out_.next_offset = record.offset;
      break;
    }
    TL_TRY(Join());
    return std::move(out_);
  }

 private:
  void Renew(const Snapshot& snapshot) {
    builder_ = pool_.Borrow(snapshot);
    most_rows_ = MostRows(*snapshot);
    builder_->Expect(std::min(std::ssize(chunk_.records), most_rows_));
  }
  int64_t rows() const { return cut_rows_ + builder_->rows(); }

  void Add(size_t i) {
    const kafka::Record& record = chunk_.records[i];
    RowOutcome outcome = builder_->Add(source_, chunk_, record, false);
    if (outcome == RowOutcome::kScan) outcome = AddScanned(i);
    if (outcome == RowOutcome::kDead) return Bury(record, builder_->error());
    list_bytes_ += builder_->list_bytes();
  }

  /// The slow way: what is wrong with the record, or which columns does it ask for?
  RowOutcome AddScanned(size_t i) {
    const kafka::Record& record = chunk_.records[i];
    auto shape = ScanRecord(*record.value);
    if (!shape) {
      Bury(record, shape.error().message);
      return RowOutcome::kRow;
    }
    Snapshot now = schema_.Grow(*shape);
    if (now != builder_->snapshot()) {
      if (!now->schema.SameFields(builder_->snapshot()->schema)) now = LookAhead(i, std::move(now));
      // They would all get the new columns.
      if (rows() > MostRows(*now) || list_bytes_ > kFewListBytes) {
        full_ = true;
        return RowOutcome::kRow;
      }
      Cut();
      pool_.Return(std::move(builder_));
      Renew(now);
    }
    return builder_->Add(source_, chunk_, record, true);
  }

  Snapshot LookAhead(size_t i, Snapshot now) {
    const size_t end = std::min(chunk_.records.size(), i + 1 + look_ahead_);
    look_ahead_ *= kLookAheadFactor;
    for (size_t next = i + 1; next < end; ++next) {
      if (!chunk_.records[next].value) continue;
      if (const auto shape = ScanRecord(*chunk_.records[next].value)) now = schema_.Grow(*shape);
    }
    return now;
  }

  void Bury(const kafka::Record& record, const std::string& error) {
    value_bytes_ += kDeadLetterBytes;
    if (error_ == nullptr || *error_ != error) error_ = std::make_shared<const std::string>(error);
    out_.dead.push_back({.offset = record.offset,
                         .timestamp_ms = record.timestamp_ms,
                         .payload = std::string(*record.value),
                         .error = error_});
  }

  /// Ends the batch of the builder's schema.
  void Cut() {
    if (builder_->rows() == 0) return;
    out_.rescued += builder_->rescued();
    cut_rows_ += builder_->rows();
    pieces_.push_back(builder_->Finish());
  }

  Result<void> Join() {
    Cut();
    if (pieces_.empty()) return {};
    for (Batch& piece : pieces_) {
      int64_t rescued = 0;
      TL_ASSIGN(piece, ConformBatch(piece, builder_->snapshot()->arrow, &rescued));
      out_.rescued += rescued;
    }
    TL_ASSIGN(out_.rows, JoinBatches(pieces_));
    return {};
  }

  SharedSchema& schema_;
  BuilderPool& pool_;
  const LogSource& source_;
  const kafka::RecordChunk& chunk_;
  std::unique_ptr<RowBatchBuilder> builder_;
  size_t look_ahead_ = kFirstLookAhead;
  std::vector<Batch> pieces_;
  int64_t cut_rows_ = 0;  ///< in pieces_
  int64_t most_rows_ = 0;
  size_t value_bytes_ = 0;
  int64_t list_bytes_ = 0;
  std::shared_ptr<const std::string> error_;  ///< the last letter's
  bool full_ = false;
  DecodedChunk out_;
};

class JsonTableDecoder final : public TableDecoder {
 public:
  JsonTableDecoder(const std::string& topic, const iceberg::Schema* committed)
      : schema_(topic, committed) {}

  Result<DecodedChunk> Decode(const LogSource& source, const kafka::RecordChunk& chunk) override {
    TL_TRY(CheckSystemColumns());
    size_t bytes = 0;
    for (const kafka::Record& record : chunk.records) {
      bytes += record.value.value_or("").size() + record.key.value_or("").size();
    }
    for (const kafka::Header& header : chunk.headers) {
      bytes += header.name.size() + header.value.value_or("").size();
    }
    if (bytes > kMaxChunkBytes) {
      return Fail(Code::kUnsupported,
                  "topic '{}' partition {}: {} bytes of records at once, the most is {}; read less "
                  "at a time",
                  source.topic, source.partition, bytes, kMaxChunkBytes);
    }
    TL_ASSIGN(DecodedChunk out, ChunkDecoder(schema_, pool_, source, chunk).Run());
    if (out.rescued > 0 && !warned_.exchange(true)) {
      spdlog::warn(
          "topic '{}': some values do not fit their columns; they are kept in '{}' (told once)",
          source.topic, kRescuedColumn);
    }
    return out;
  }

  iceberg::Schema CurrentSchema() const override { return schema_.Current()->schema; }

  Result<void> Freeze(const iceberg::Schema& committed) override {
    schema_.Freeze(committed);
    return CheckSystemColumns();
  }

  Result<Batch> Conform(const Batch& rows, const iceberg::Schema& schema) const override {
    const Snapshot now = schema_.Current();
    return ConformBatch(rows, schema.SameFields(now->schema) ? now->arrow : ToArrowSchema(schema),
                        nullptr);
  }

 private:
  /// A table that somebody else made may have other columns of those names.
  Result<void> CheckSystemColumns() const {
    const Snapshot now = schema_.Current();
    const iceberg::Field* const rescued = now->schema.Find(kRescuedColumn);
    const iceberg::Field* const kafka = now->schema.Find(kKafkaColumn);
    if (rescued->type->id == iceberg::TypeId::kString &&
        kafka->type->id == iceberg::TypeId::kStruct) {
      return {};
    }
    return Fail(Code::kUnsupported,
                "columns '{}' and '{}' are {} and {}; they must be a string and a struct",
                kRescuedColumn, kKafkaColumn, iceberg::TypeName(*rescued->type),
                iceberg::TypeName(*kafka->type));
  }

  SharedSchema schema_;
  BuilderPool pool_;
  std::atomic<bool> warned_ = false;
};

}  // namespace

std::unique_ptr<TableDecoder> MakeDecoder(const std::string& topic,
                                          const iceberg::Schema* committed) {
  return std::make_unique<JsonTableDecoder>(topic, committed);
}

}  // namespace ticklake::lake
