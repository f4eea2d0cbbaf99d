#include "cli/sink_settings.h"

namespace ticklake::cli {
namespace {

std::chrono::milliseconds Milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

}  // namespace

std::chrono::milliseconds SinkSettings::FlushInterval() const {
  return Milliseconds(flush_seconds);
}

std::chrono::milliseconds SinkSettings::MergeInterval() const {
  return Milliseconds(merge_seconds);
}

void AddSinkSettings(const Settings& settings, CLI::App& command, SinkSettings& values) {
  settings.Add(command, "flush-seconds", values.flush_seconds, "Commit tables at least this often")
      ->check(CLI::Range(0.05, 3600.0));
  settings
      .Add(command, "merge-seconds", values.merge_seconds,
           "Look this often for small files to merge")
      ->check(CLI::Range(0.05, 3600.0));
  settings
      .Add(command, "sink-memory-mb", values.memory_mb,
           "Records in memory and what committing them needs, MiB; tables commit early to hold it")
      ->check(CLI::Range(16, 1 << 20));
  settings.Add(command, "group", values.group,
               "Consumer group that is told where the tables stand, for lag monitors; off: none");
}

}  // namespace ticklake::cli
