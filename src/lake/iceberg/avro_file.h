// Avro object container files: header, blocks, sync markers (Avro 1.11, "Object Container
// Files").
//
// Threading: one thread per reader or writer. Invariants: a reader never trusts a length.
// Does not: touch files; works on bytes in memory.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lake/iceberg/avro_schema.h"
#include "lake/iceberg/avro_value.h"

namespace ticklake::lake::iceberg {

struct AvroHeader {
  std::map<std::string, std::string> metadata;  ///< "avro.schema" and "avro.codec" included
  AvroTypePtr schema;                           ///< the writer's
  std::string sync;                             ///< the 16 bytes between its blocks
};

/// Called for each record, in order; an error ends the reading and is passed on.
using AvroSink = std::function<Result<void>(const AvroHeader&, const AvroValue&)>;

/// Reads a whole file. kCorrupt when it is damaged or cut short.
Result<AvroHeader> ReadAvroFile(std::string_view bytes, const AvroSink& sink);

/// What the beginning of a file tells, without decoding a record.
struct AvroSketch {
  std::map<std::string, std::string> metadata;  ///< "avro.schema" included, as it is written
  int64_t records = 0;                          ///< of the blocks that are there as a whole
  size_t consumed = 0;                          ///< bytes up to the end of those blocks
};

/// `bytes` may end anywhere behind the header. kCorrupt; schemas of any kind are fine.
Result<AvroSketch> SketchAvroFile(std::string_view bytes);

/// Builds a file of records of one schema, deflated.
class AvroFileWriter {
 public:
  /// schema_json must parse; metadata: what the header holds besides schema and codec.
  static Result<AvroFileWriter> Make(const std::string& schema_json,
                                     std::map<std::string, std::string> metadata);
  /// A file with the head of another one, whose bytes thus depend on nothing but its records.
  static Result<AvroFileWriter> Make(const AvroHeader& header);

  Result<void> Append(const AvroValue& record);
  /// The finished file; the writer is spent.
  Result<std::string> Finish();

 private:
  AvroFileWriter() = default;
  static AvroFileWriter Begin(AvroTypePtr schema, std::map<std::string, std::string> metadata,
                              std::string sync);
  Result<void> FlushBlock();

  AvroTypePtr schema_;
  std::string sync_;  // 16 bytes
  std::string file_;
  std::string block_;  // encoded records of the block not yet written
  int64_t block_records_ = 0;
};

}  // namespace ticklake::lake::iceberg
