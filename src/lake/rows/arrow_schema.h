// Iceberg schema ↔ Arrow schema.
//
// Every Arrow field carries its Iceberg id as metadata `PARQUET:field_id` (Arrow's Parquet writer
// puts it into the file) and, where it has one, its doc as `doc`.
// timestamptz is timestamp[us, UTC], string utf8, list<element>, map<key, value>.
// Threading: pure functions. Does not: convert data (conform.h does).
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "base/result.h"
#include "lake/iceberg/schema.h"

namespace ticklake::lake {

inline constexpr const char* kFieldIdMetadata = "PARQUET:field_id";
inline constexpr const char* kDocMetadata = "doc";

std::shared_ptr<arrow::DataType> ToArrowType(const iceberg::Type& type);
std::shared_ptr<arrow::Field> ToArrowField(const iceberg::Field& field);
std::shared_ptr<arrow::Schema> ToArrowSchema(const iceberg::Schema& schema);

/// The doc in a field's metadata, "" if none.
std::string DocOf(const arrow::Field& field);

/// The reverse, for files that others wrote. Fields without an id get id 0. kUnsupported for types
/// that Iceberg v2 lacks (unsigned integers, nanoseconds, …).
Result<iceberg::Schema> FromArrowSchema(const arrow::Schema& schema);

}  // namespace ticklake::lake
