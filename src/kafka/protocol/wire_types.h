// The wire types that have no C++ type of their own: bytes and record batches.
//
// Threading: plain values. A Slice shares its owner; where the owner is null, the view borrows
// from the frame that was decoded and dies with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_range.h"

namespace ticklake::kafka::protocol {

/// "Authorized operations": not asked for, or not told.
inline constexpr int32_t kNoOperations = INT32_MIN;

/// Wire type `bytes`: small opaque data (group metadata, assignments).
struct Bytes {
  std::string data;
  bool operator==(const Bytes&) const = default;
};

/// A part of a message that is sent as it lies in memory, or in a file. Decoding gives the former.
struct Slice {
  std::string_view data;
  std::shared_ptr<const void> owner;
  FileRange range{};  ///< instead of data

  size_t size() const { return data.size() + static_cast<size_t>(range.size); }
};

/// Wire type `records`: record batches, never copied by the codec. Null on the wire when `null`.
struct Records {
  std::vector<Slice> slices;
  bool null = false;

  size_t size() const {
    size_t sum = 0;
    for (const Slice& slice : slices) sum += slice.size();
    return sum;
  }
};

}  // namespace ticklake::kafka::protocol
