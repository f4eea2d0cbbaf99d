// Globs over '/'-separated keys, as AWS's crawlers have them: `*` and `?` stay within a folder,
// `**` crosses folders, `[a-c]`, `{a,b}`, `\` makes the next character an ordinary one.
//
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace ticklake::lake::hive {

/// True if the whole of `key` matches. Gives up (false) where a glob of many stars would take
/// more than a million steps.
bool GlobMatches(std::string_view glob, std::string_view key);

/// A glob that matches exactly `key`.
std::string EscapeGlob(std::string_view key);

}  // namespace ticklake::lake::hive
