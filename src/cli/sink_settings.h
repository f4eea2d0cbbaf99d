// SinkSettings: how a sink behaves, as the commands that have one take it from their options.
//
// Threading: a plain value.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/group_reporter.h"
#include "cli/settings.h"
#include "lake/sink/options.h"

namespace ticklake::cli {

struct SinkSettings {
  double flush_seconds = 10;
  double merge_seconds = 30;  ///< between two looks for small files
  int64_t memory_mb = lake::SinkOptions().memory_budget >> 20;
  std::string group = DefaultGroup("market");  ///< told where the tables stand; kNoGroup: none is

  std::chrono::milliseconds FlushInterval() const;
  std::chrono::milliseconds MergeInterval() const;
  int64_t MemoryBudget() const { return memory_mb << 20; }    ///< bytes
  int64_t MergeMemory() const { return MemoryBudget() / 4; }  ///< bytes of rows in one merge
};

/// Adds --flush-seconds, --merge-seconds, --sink-memory-mb and --group; `values` outlives parsing.
void AddSinkSettings(const Settings& settings, CLI::App& command, SinkSettings& values);

}  // namespace ticklake::cli
