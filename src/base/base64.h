// Base64 of RFC 4648, section 4: digests and tokens on AWS's wires.
//
// Threading: pure functions. Not the URL-safe alphabet: see uuid.h for that.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ticklake {

/// With padding.
std::string Base64(std::string_view bytes);

/// nullopt for anything but whole, padded groups of the alphabet.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace ticklake
