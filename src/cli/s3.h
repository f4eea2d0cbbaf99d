// `ticklake s3`: makes, lists, copies and removes what is in the buckets of a data directory.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/settings.h"

namespace ticklake::cli {

/// Adds the command to `app`. When it ran, *exit_status holds its outcome; both must outlive
/// parsing.
void AddS3Command(CLI::App& app, const Settings& settings, int* exit_status);

}  // namespace ticklake::cli
