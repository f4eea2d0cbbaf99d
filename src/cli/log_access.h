// Which LogReader a command gets: a named cluster, the running process, or the directory's
// own segments.
//
// Does not: choose for long-running processes (up reads its own broker; sink names one).
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "cli/data_dir.h"
#include "kafka/log_reader.h"

namespace ticklake::cli {

/// `brokers` if not empty; else the broker of the process that runs the directory; else its
/// recovered segments, read-only. nullptr when the directory has no broker of its own. `cancel`
/// as ClientOptions::cancel.
Result<std::unique_ptr<kafka::LogReader>> OpenLog(const DataDirectory& directory, FileSystem& fs,
                                                  const std::string& brokers,
                                                  std::stop_token cancel = {});

/// The same without a running process or brokers: the directory's segments, or nullptr.
Result<std::unique_ptr<kafka::LogReader>> OpenOwnSegments(const DataDirectory& directory,
                                                          FileSystem& fs);

}  // namespace ticklake::cli
