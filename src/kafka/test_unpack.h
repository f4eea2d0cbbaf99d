// All plain bytes of packed ones at once: for tests and fuzz targets.
//
// Threading: a pure function. Does not: exist for products, which read piece by piece.
#pragma once

#include <string>
#include <string_view>

#include "kafka/compression.h"

namespace ticklake::kafka {

/// In pieces of `step` bytes. kCorrupt as Unpacker::Read.
inline Result<std::string> UnpackAll(Compression codec, std::string_view packed,
                                     size_t limit = kMaxPlainBytes, size_t step = 4096) {
  TL_ASSIGN(const auto unpacker, Unpack(codec, packed, limit));
  std::string plain;
  std::string piece(step, '\0');
  while (true) {
    TL_ASSIGN(const size_t got, unpacker->Read(piece.data(), step));
    plain.append(piece, 0, got);
    if (got < step) return plain;
  }
}

}  // namespace ticklake::kafka
