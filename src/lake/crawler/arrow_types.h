// Arrow's types as Hive's: what a column of a Parquet or ORC file becomes.
//
// Threading: pure functions.
#pragma once

#include <arrow/type_fwd.h>
#include <expected>

#include "lake/crawler/reading.h"

namespace ticklake::lake::crawler {

hive::Type OfArrow(const arrow::DataType& type, int depth = 1);

/// One column for each field with a usable name. Refuses too many, names that differ only in case,
/// and none at all; `form` ("ORC") is for the text.
std::expected<Schema, Rejection> ColumnsOf(const arrow::Schema& schema, std::string_view form);

}  // namespace ticklake::lake::crawler
