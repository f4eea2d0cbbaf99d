// The beginning of a file, unpacked: what classifiers look at.
//
// Threading: as the store; pure otherwise. Memory: twice the limit a call, whatever a compressed
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
/// The same where the first record turns out to be longer (AWS's limit for JSON).
inline constexpr size_t kMostSampleBytes = 10 << 20;

struct Sample {
  hive::Compression compression = hive::Compression::kNone;
  std::string text;       ///< at most `limit`
  bool whole = false;     ///< text is the whole file
  uint64_t consumed = 0;  ///< bytes of the stored file that text is of
};

/// What the first bytes say, by magic numbers: "parquet", "orc", "avro", "gzip", "zstd", "bzip2",
/// "framed Snappy", or the name of a form that is not known further ("xz", …); "" for none.
std::string_view MagicOf(std::string_view head);

/// True for what Unpack unpacks.
bool IsCompressed(std::string_view magic);

/// Unpacks (gzip, zstd, bzip2, Snappy in frames, in Hadoop's blocks or as it is, or nothing) up to
/// `limit` bytes of the stored beginning of a file of `size` bytes. kCorrupt.
Result<Sample> Unpack(std::string_view stored, uint64_t size, size_t limit = kSampleBytes);

}  // namespace ticklake::lake::crawler
