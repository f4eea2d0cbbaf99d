// Partition transforms and specs (spec "Partitioning"), and sort orders.
//
// Threading: plain values. Does not: decide how a table is partitioned. bucket[N] is read and
// kept but never applied: our tables do not use it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "lake/iceberg/literal.h"
#include "lake/iceberg/schema.h"

namespace ticklake::lake::iceberg {

enum class TransformKind {
  kIdentity,
  kBucket,
  kTruncate,
  kYear,
  kMonth,
  kDay,
  kHour,
  kVoid,
  kUnknown,  ///< another writer's; kept as text, never applied
};

struct Transform {
  TransformKind kind = TransformKind::kIdentity;
  int32_t width = 0;  ///< kBucket: number of buckets; kTruncate: width
  std::string text;   ///< kUnknown: as it was written

  bool operator==(const Transform&) const = default;
  /// "day", "bucket[16]"
  std::string ToString() const;
  /// Never fails: what is not known becomes kUnknown.
  static Transform Parse(std::string_view text);
};

struct PartitionField {
  int32_t source_id = 0;  ///< the column's field id
  int32_t field_id = 0;   ///< from 1000; 0: assigned when the table is created
  std::string name;
  Transform transform;

  bool operator==(const PartitionField&) const = default;
};

struct PartitionSpec {
  int32_t spec_id = 0;
  std::vector<PartitionField> fields;  ///< none: unpartitioned

  bool operator==(const PartitionSpec&) const = default;
};

struct SortField {
  int32_t source_id = 0;
  Transform transform;
  bool ascending = true;
  bool nulls_first = true;

  bool operator==(const SortField&) const = default;
};

struct SortOrder {
  int32_t order_id = 0;  ///< 0 is the unsorted order, and only that
  std::vector<SortField> fields;

  bool operator==(const SortOrder&) const = default;
};

/// The type of the partition value that a transform makes of a column. day gives date, the
/// other time transforms int. kUnsupported for kUnknown.
Result<TypePtr> ResultType(const Transform& transform, const TypePtr& source);

/// Applies a transform to a value of a column of that type; null stays null.
/// kUnsupported for kBucket and kUnknown, and where the spec does not define it.
Result<Literal> Apply(const Transform& transform, TypeId source, const Literal& value);

/// Days since 1970-01-01 of microseconds since then; rounds down before 1970 too.
int32_t DayOfMicros(int64_t micros);

/// Hive's folder name of a partition, "ts_event_day=2024-11-22/symbol=AAPL", as other Iceberg
/// writers name their folders; "" when unpartitioned. Text is percent-encoded where needed.
std::string PartitionPath(const PartitionSpec& spec, const std::vector<Literal>& values);

}  // namespace ticklake::lake::iceberg
