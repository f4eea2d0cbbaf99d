// Which encoding each column of a Parquet file gets.
//
// Threading: pure functions.
#pragma once

#include <arrow/type_fwd.h>
#include <parquet/properties.h>

namespace ticklake::lake {

/// Sets encodings for the leaves of a table, by type and by a look at its first values.
void ChooseEncodings(const arrow::Table& table, parquet::WriterProperties::Builder& properties);

}  // namespace ticklake::lake
