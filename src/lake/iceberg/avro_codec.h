// Block compression of Avro files, and gzip for metadata files of other writers.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake::lake::iceberg {

inline constexpr char kCodecNull[] = "null";
inline constexpr char kCodecDeflate[] = "deflate";

/// codec: "null" or "deflate" (raw, RFC 1951); the ones we write.
Result<std::string> CompressBlock(std::string_view codec, std::string_view data);

/// codec: as above, or "snappy" or "zstandard", which other writers use. kCorrupt when the
/// data is damaged or expands beyond 256 MiB; kUnsupported for other codecs.
Result<std::string> DecompressBlock(std::string_view codec, std::string_view data);

/// The content of a gzip file (RFC 1952), under the same limit.
Result<std::string> Gunzip(std::string_view data);

}  // namespace ticklake::lake::iceberg
