// The beginning of a file, unpacked: what classifiers look at.
//
// Threading: as the store; pure otherwise. Memory: 2 MiB a call at most, whatever a compressed
// file claims to hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lake/hive/layout.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

/// Bytes of a file that are looked at, and of what they unpack to.
inline constexpr size_t kSampleBytes = 1 << 20;

struct Sample {
  hive::Compression compression = hive::Compression::kNone;
  std::string text;       ///< at most kSampleBytes
  bool whole = false;     ///< text is the whole file
  uint64_t consumed = 0;  ///< bytes of the stored file that text is of
};

/// What the first bytes say, by magic numbers: "parquet", "gzip", "zstd", or the name of a form
/// that is not read here ("ORC", "Avro", "bzip2", …); "" for none.
std::string_view MagicOf(std::string_view head);

/// Unpacks (gzip, zstd, or nothing) the stored beginning of a file of `size` bytes. kCorrupt.
Result<Sample> Unpack(std::string_view stored, uint64_t size);

}  // namespace ticklake::lake::crawler
