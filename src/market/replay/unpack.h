// Unpacking: gzip and Zstandard streams, told by their first bytes, not by a file's name.
//
// Members and frames may follow one another, as concatenated files and parallel compressors have
// them. Damage, and data that ends too early, is kCorrupt and says where: what came before it has
// been handed out by then.
// Threading: one thread.
#pragma once

#include <memory>

#include "market/replay/byte_source.h"

namespace ticklake::market {

/// What `raw` unpacks to if it begins like gzip (RFC 1952) or Zstandard (RFC 8878), or `raw`.
Result<std::unique_ptr<ByteSource>> Unpacked(std::unique_ptr<ByteSource> raw);

}  // namespace ticklake::market
