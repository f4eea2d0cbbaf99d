// DataFile: what a manifest says about one data file (spec "Manifests", struct data_file).
//
// Threading: plain values. Invariants: a data file never changes; its path names it.
// Does not: open the file. Position and equality delete files are recognised (`content`), so
// that tables with them can be refused; they are never written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lake/iceberg/flat_map.h"
#include "lake/iceberg/literal.h"

namespace ticklake::lake::iceberg {

/// By field id of a leaf column (nested ones included).
using ColumnCounts = FlatMap<int64_t>;
/// By field id; single-value serialisation (literal.h).
using ColumnBounds = FlatMap<std::string>;

enum class FileContent { kData = 0, kPositionDeletes = 1, kEqualityDeletes = 2 };

struct DataFile {
  FileContent content = FileContent::kData;
  std::string path;                ///< full URI
  std::string format = "PARQUET";  ///< as the spec spells it, upper case
  int32_t spec_id = 0;             ///< the partition spec that `partition` follows
  /// One value per field of that spec, in its order: empty when unpartitioned; for day(ts) an
  /// int32_t of days since 1970-01-01.
  std::vector<Literal> partition;
  int64_t record_count = 0;
  int64_t file_size = 0;  ///< bytes

  // Column statistics; a column without one is simply not there.
  ColumnCounts column_sizes;  ///< bytes on disk
  ColumnCounts value_counts;  ///< nulls and NaNs included
  ColumnCounts null_value_counts;
  ColumnCounts nan_value_counts;
  ColumnBounds lower_bounds;  ///< no greater than every value that is neither null nor NaN
  ColumnBounds upper_bounds;  ///< no less than every such value

  std::vector<int64_t> split_offsets;    ///< where row groups start, ascending
  std::optional<int32_t> sort_order_id;  ///< 0: unsorted
  std::vector<int32_t> equality_ids;     ///< of equality deletes only
  std::string key_metadata;              ///< of encrypted files, as another writer left it

  /// Set when read from a table; a file to be added gets them from its commit.
  int64_t snapshot_id = 0;      ///< the snapshot that added the file
  int64_t sequence_number = 0;  ///< data sequence number
  int64_t file_sequence_number = 0;

  bool operator==(const DataFile&) const = default;
};

}  // namespace ticklake::lake::iceberg
