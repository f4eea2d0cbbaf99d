// The process's log: to standard error through spdlog, one line an event.
//
// Threading: safe from any thread. Not for results (standard output is theirs).
#pragma once

#include <string>
#include <string_view>

#include <spdlog/spdlog.h>

namespace ticklake {

/// Sets level and format once, at the start of main. level: trace|debug|info|warn|error|off.
void InitLog(std::string_view level);

/// Text from outside as it may stand in a log line: printable, and not longer than about 100 bytes.
std::string LogText(std::string_view text);

}  // namespace ticklake
