// The file of access keys: JSON, format 1 (docs/aws-keys.md).
//
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "aws/keys.h"

namespace ticklake::aws {

std::string FormatKeyFile(const KeyRing& ring);

/// kCorrupt, or kUnsupported for a newer format; both name `path` and say what to do.
Result<KeyRing> ParseKeyFile(std::string_view text, const std::string& path);

}  // namespace ticklake::aws
