#include "query/memory_bound.h"

#include <dlfcn.h>
#include <duckdb.h>
#include <execinfo.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <new>
#include <string_view>

#include "base/sanitizers.h"

// DuckDB's declarations, as far as these three functions need them (src/include/duckdb/common/
// allocator.hpp). They are static members: without `this`, and with C's calling convention.
namespace duckdb {

struct PrivateAllocatorData;

class Allocator {
 public:
  static unsigned char* DefaultAllocate(PrivateAllocatorData* data, uint64_t size);
  static void DefaultFree(PrivateAllocatorData* data, unsigned char* pointer, uint64_t size);
  static unsigned char* DefaultReallocate(PrivateAllocatorData* data, unsigned char* pointer,
                                          uint64_t old_size, uint64_t size);
};

}  // namespace duckdb

namespace ticklake::query {
namespace {

using duckdb::PrivateAllocatorData;

struct Account {
  std::atomic<uint64_t> in_use = 0;
  std::atomic<uint64_t> allowed = 0;
  std::atomic<int> bounds = 0;

  /// Takes `size` bytes if they may be had. What is refused is not seen by others meanwhile.
  bool Take(uint64_t size) {
    uint64_t now = in_use.load(std::memory_order_relaxed);
    do {
      const uint64_t most = allowed.load(std::memory_order_relaxed) + MemoryBound::kSpare;
      const bool bound = bounds.load(std::memory_order_relaxed) > 0;
      if (bound && size > most - std::min(most, now)) return false;
    } while (!in_use.compare_exchange_weak(now, now + size, std::memory_order_relaxed));
    return true;
  }
  void Give(uint64_t size) { in_use.fetch_sub(size, std::memory_order_relaxed); }
};

/// One for the process: so is DuckDB's allocator.
Account& TheAccount() {
  static Account account;
  return account;
}

/// The function of that name in libduckdb.so, which the one here stands before.
template <class Function>
Function Original(const char* name) {
  void* const found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) std::abort();  // not even the dynamic linker knows DuckDB's allocator
  return reinterpret_cast<Function>(found);
}

}  // namespace

MemoryBound::MemoryBound(uint64_t limit) : limit_(limit) {
  TheAccount().allowed += limit_;
  ++TheAccount().bounds;
}

MemoryBound::~MemoryBound() {
  --TheAccount().bounds;
  TheAccount().allowed -= limit_;
}

uint64_t MemoryBound::InUse() { return TheAccount().in_use.load(std::memory_order_relaxed); }

}  // namespace ticklake::query

namespace duckdb {

using ticklake::query::Original;
using ticklake::query::TheAccount;

unsigned char* Allocator::DefaultAllocate(PrivateAllocatorData* data, uint64_t size) {
  static const auto allocate = Original<unsigned char* (*)(PrivateAllocatorData*, uint64_t)>(
      "_ZN6duckdb9Allocator15DefaultAllocateEPNS_20PrivateAllocatorDataEm");
  if (!TheAccount().Take(size)) return nullptr;
  unsigned char* const pointer = allocate(data, size);
  if (pointer == nullptr) TheAccount().Give(size);
  return pointer;
}

void Allocator::DefaultFree(PrivateAllocatorData* data, unsigned char* pointer, uint64_t size) {
  static const auto free = Original<void (*)(PrivateAllocatorData*, unsigned char*, uint64_t)>(
      "_ZN6duckdb9Allocator11DefaultFreeEPNS_20PrivateAllocatorDataEPhm");
  if (pointer != nullptr) TheAccount().Give(size);
  free(data, pointer, size);
}

unsigned char* Allocator::DefaultReallocate(PrivateAllocatorData* data, unsigned char* pointer,
                                            uint64_t old_size, uint64_t size) {
  static const auto reallocate =
      Original<unsigned char* (*)(PrivateAllocatorData*, unsigned char*, uint64_t, uint64_t)>(
          "_ZN6duckdb9Allocator17DefaultReallocateEPNS_20PrivateAllocatorDataEPhmm");
  // Both exist while the bytes are copied.
  if (!TheAccount().Take(size)) return nullptr;
  unsigned char* const moved = reallocate(data, pointer, old_size, size);
  TheAccount().Give(moved == nullptr ? size : old_size);
  return moved;
}

}  // namespace duckdb

// The sanitizers have their own.
#if !TICKLAKE_SANITIZED

namespace {

/// Whether it is DuckDB that asks operator new, by itself or through the standard library, whose
/// templates may be the program's own.
[[gnu::noinline]] bool DuckDbAsks() {
  Dl_info duckdb{};
  if (dladdr(reinterpret_cast<const void*>(&duckdb_open_ext), &duckdb) == 0) return false;
  std::array<void*, 12> frames;
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  for (int i = 2; i < count; ++i) {  // behind this function and operator new
    Dl_info frame{};
    if (dladdr(frames[i], &frame) == 0) return false;
    if (frame.dli_fbase == duckdb.dli_fbase) return true;
    const std::string_view name = frame.dli_sname == nullptr ? "" : frame.dli_sname;
    if (!name.starts_with("_ZNSt") && !name.starts_with("_ZNKSt") && !name.starts_with("_ZSt")) {
      return false;
    }
  }
  return false;
}

void* FromMalloc(std::size_t size) {
  while (true) {
    if (void* const block = std::malloc(std::max<size_t>(size, 1)); block != nullptr) return block;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

}  // namespace

/// As the standard library's, but DuckDB gets no block beyond the largest.
void* operator new(std::size_t size) {
  using ticklake::query::MemoryBound;
  if (size > MemoryBound::kLargest && DuckDbAsks()) throw std::bad_alloc();
  return FromMalloc(size);
}

/// Arrays are not refused: min, max and their kin free the text that they hold before they ask for
/// room for a greater one, and free it once more where that fails. What they copy was counted.
void* operator new[](std::size_t size) { return FromMalloc(size); }

#endif
