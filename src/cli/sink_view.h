// What the sink reports, as JSON: for /v1/status and `ticklake sink --json`.
#pragma once

#include <vector>

#include <boost/json/object.hpp>

#include "base/metrics.h"
#include "lake/sink/options.h"

namespace ticklake::cli {

/// {"tables":[{"table":…,"committed_rows":…,"logs":[…]}],"memory":{"used":…,"limit":…},
/// "cpu_seconds":{"decode":…}}
boost::json::object SinkStatusJson(const std::vector<lake::TableStatus>& tables,
                                   const Metrics& metrics);

}  // namespace ticklake::cli
