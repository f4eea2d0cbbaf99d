// One column as a file has it → as the schema has it, by field ids.
//
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <set>

#include <arrow/type_fwd.h>

#include "base/result.h"
#include "lake/iceberg/schema.h"

namespace ticklake::lake {

/// The Iceberg id of an Arrow field that was read from Parquet; 0 if it has none.
int32_t FieldIdOf(const arrow::Field& field);

/// Ids of all leaf columns of a schema.
std::set<int32_t> LeafIds(const iceberg::Schema& schema);

/// `array` under `to`: struct members by id, lists and maps by their elements, numbers promoted;
/// a null array (nullptr) or a missing member becomes `length` nulls. kUnsupported as a type has
/// no way to the other.
Result<std::shared_ptr<arrow::Array>> Project(const std::shared_ptr<arrow::Array>& array,
                                              const iceberg::Field& to, int64_t length);

}  // namespace ticklake::lake
