#include "cli/sink_view.h"

#include <boost/json.hpp>

namespace ticklake::cli {
namespace {

int64_t AsInteger(double value) { return static_cast<int64_t>(value); }

boost::json::object LogJson(const lake::LogStatus& log) {
  return {{"topic", log.topic},         {"partition", log.log.partition}, {"epoch", log.epoch},
          {"committed", log.committed}, {"decoded", log.decoded},         {"end", log.end},
          {"error", log.error}};
}

boost::json::object TableJson(const lake::TableStatus& table) {
  boost::json::array logs;
  for (const auto& log : table.logs) logs.push_back(LogJson(log));
  return {{"table", table.database + "." + table.table},
          {"topic", table.topic},
          {"committed_rows", table.committed_rows},
          {"committed_dead", table.committed_dead},
          {"commits", table.commits},
          {"early_commits", table.early_commits},
          {"tail_rows", table.tail_rows},
          {"tail_bytes", table.tail_bytes},
          {"lag", table.lag},
          {"last_commit", table.last_commit == 0 ? "" : FormatUtc(table.last_commit)},
          {"last_commit_ms", table.last_commit_took / kNanosPerMilli},
          {"error", table.error},
          {"logs", std::move(logs)}};
}

}  // namespace

boost::json::object SinkStatusJson(const std::vector<lake::TableStatus>& tables,
                                   const Metrics& metrics) {
  boost::json::array all;
  for (const auto& table : tables) all.push_back(TableJson(table));
  boost::json::object cpu;
  boost::json::object memory;
  for (const auto& sample : metrics.Collect()) {
    if (sample.name == "ticklake_sink_memory_bytes") memory["used"] = AsInteger(sample.value);
    if (sample.name == "ticklake_sink_memory_limit_bytes")
      memory["limit"] = AsInteger(sample.value);
    if (sample.name != "ticklake_sink_cpu_seconds_total") continue;
    for (const auto& [name, value] : sample.labels) {
      if (name == "stage") cpu[value] = sample.value;
    }
  }
  return {
      {"tables", std::move(all)}, {"memory", std::move(memory)}, {"cpu_seconds", std::move(cpu)}};
}

}  // namespace ticklake::cli
