// From a written Parquet file's metadata to Iceberg's column statistics.
//
// Bounds are binary single values; text and bytes are cut to 16 characters, an upper bound being
// raised so that it still bounds. Columns inside lists and maps have sizes only.
// Threading: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <parquet/type_fwd.h>

#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/schema.h"

namespace ticklake::lake {

/// Characters of text (bytes of binary) that a bound keeps.
inline constexpr size_t kBoundLength = 16;

/// Fills record count, counts, sizes, bounds and split offsets of `file`.
void FillStatistics(const parquet::FileMetaData& metadata, const iceberg::Schema& schema,
                    iceberg::DataFile& file);

/// The first kBoundLength characters of UTF-8 text.
std::string LowerTextBound(std::string_view text);
/// Text of at most kBoundLength characters that is no less than `text`; nullopt if there is none.
std::optional<std::string> UpperTextBound(std::string_view text);
/// The same for bytes.
std::optional<std::string> UpperBytesBound(std::string_view bytes);

}  // namespace ticklake::lake
