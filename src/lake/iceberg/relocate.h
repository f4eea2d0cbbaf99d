// Relocate: a table's metadata files as they read when the table's root goes by another name.
//
// Iceberg's metadata holds absolute URIs. One and the same lake is "file:///data/lake/" for who
// shares its disk and "s3://ticklake/" for who comes through the S3 door: every URI below `from`
// becomes the same one below `to`, in JSON and in Avro; everything else stays, and a file without
// such a URI is handed on byte by byte. The same bytes give
// the same answer, so that lengths, digests and ranges of it may be told before it is read.
// Threading: free functions. Does not: touch files, or paths inside of data and delete files.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake::lake::iceberg {

/// Two names of one folder; both end with '/'.
struct Relocation {
  std::string from;
  std::string to;

  /// The URI, in the other name if it is below `from`.
  std::string Of(std::string_view uri) const;
};

/// Of a table metadata file. kCorrupt: no JSON.
Result<std::string> RelocateMetadata(std::string_view json, const Relocation& relocation);

/// How long the manifest at a URI (below `from`, or anywhere) is to whoever reads the result.
using ManifestLength = std::function<Result<int64_t>(const std::string& uri, int64_t listed)>;

/// Of a manifest list or a manifest. A list names the length of each of its manifests, which
/// relocating changes: `length` tells it. kCorrupt: no Avro file; kUnsupported: of no shape that
/// Iceberg writes.
Result<std::string> RelocateManifest(std::string_view avro, const Relocation& relocation,
                                     const ManifestLength& length);

}  // namespace ticklake::lake::iceberg
