// RunAll: many blocking pieces of work on a pool, waited for.
//
// Threading: from any thread that is not one of the pool's. Does not: cancel what has begun.
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "base/thread_pool.h"

namespace ticklake {

/// Calls work(0) … work(count - 1), several at once, and waits for all. The first error is the
/// answer; what had not begun by then is left out.
Result<void> RunAll(ThreadPool& pool, size_t count,
                    const std::function<Result<void>(size_t)>& work);

}  // namespace ticklake
