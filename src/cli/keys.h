// `ticklake keys`: the access keys of the AWS door.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/settings.h"

namespace ticklake::cli {

void AddKeysCommand(CLI::App& app, const Settings& settings, int* exit_status);

}  // namespace ticklake::cli
