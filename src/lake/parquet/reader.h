// Reading a table's Parquet files: the columns asked for, under the table's schema of today.
//
// Columns are found by field id, as Iceberg demands: renamed ones are found, missing ones null,
// int → long and float → double are promoted. Only the leaves asked for are fetched.
// Threading: a reader belongs to one thread; the store is shared. Does not: filter rows, or apply
// delete files (tables with them are refused before).
#pragma once

#include <memory>
#include <vector>

#include <arrow/record_batch.h>

#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/schema.h"
#include "store/object_store.h"

namespace ticklake::lake {

class DataFileReader {
 public:
  virtual ~DataFileReader() = default;
  /// Batches have exactly the columns of `schema`, which may be a part of the table's (structs
  /// too: `_kafka` with `offset` alone). kNotFound, kIo: from the store; kCorrupt: no Parquet;
  /// kUnsupported: no field ids, or a type that cannot become the schema's.
  static Result<std::unique_ptr<DataFileReader>> Open(store::ObjectStore& store,
                                                      const iceberg::DataFile& file,
                                                      const iceberg::Schema& schema);
  /// What its columns take in memory at least, as the file says: a dictionary's texts may be in
  /// many rows.
  virtual int64_t least_bytes() const = 0;
  /// The next batch in the file's order; nullptr at the end.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
};

/// All batches of a file.
Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> ReadDataFile(
    store::ObjectStore& store, const iceberg::DataFile& file, const iceberg::Schema& schema);

}  // namespace ticklake::lake
