// One value of an Arrow array as JSON text, under its original JSON keys.
//
// Where a value cannot stay in its column (`_rescued`), and where rows are shown as JSON.
// Times are ISO 8601 text; bytes that are no text are hexadecimal.
// Threading: pure functions. Does not: read JSON.
#pragma once

#include <cstdint>
#include <string>

#include <arrow/type_fwd.h>

namespace ticklake::lake {

/// Appends row `row` of `array`; "null" where it is null. Members that are null are left out.
void AppendJsonText(std::string& out, const arrow::Array& array, int64_t row);

}  // namespace ticklake::lake
