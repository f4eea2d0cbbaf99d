// What may be a key of an ObjectStore: a relative path whose parts are names.
#pragma once

#include <string_view>

#include "base/result.h"

namespace ticklake::store {

/// kInvalid for "", "/a", "a//b", "a/", "a/../b", and what has a NUL.
Result<void> CheckKey(std::string_view key);

}  // namespace ticklake::store
