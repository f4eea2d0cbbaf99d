// MemoryBound: what DuckDB allocates stays within a bound, the values of a query included.
//
// DuckDB's memory_limit counts buffers. It leaves out the values that functions make, so that one
// repeat('x', 2000000000) takes what it likes, and cannot be interrupted meanwhile. Its allocator
// is three functions that libduckdb.so exports and looks up when it is loaded: those defined here
// are found first. They count every byte and refuse what goes beyond the bound, which DuckDB
// reports as memory that is used up. What functions build in blocks of operator new before they
// hand it over is not counted; a block above kLargest is refused, unless it is an array: the text
// that a min or max holds.
// Threading: safe from any thread. Invariants: while a MemoryBound lives, what DuckDB's allocator
// has given out is at most the sum of the limits of all that live, and kSpare.
// Does not: tell one instance or query from another, bound time, or count what malloc itself keeps.
#pragma once

#include <cstdint>

namespace ticklake::query {

class MemoryBound {
 public:
  /// Bytes above the limits: values while buffers take all that they may.
  static constexpr uint64_t kSpare = 64ULL << 20;

  /// Bytes of a block that DuckDB asks of operator new.
  static constexpr uint64_t kLargest = 64ULL << 20;

  /// Allows `limit` bytes more, until it is destroyed.
  explicit MemoryBound(uint64_t limit);
  ~MemoryBound();
  MemoryBound(const MemoryBound&) = delete;
  MemoryBound& operator=(const MemoryBound&) = delete;

  /// Bytes that DuckDB has now. 0 when a DuckDB that is running does not use these functions.
  static uint64_t InUse();

 private:
  const uint64_t limit_;
};

}  // namespace ticklake::query
