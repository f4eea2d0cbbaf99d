// Metrics in Prometheus' text format 0.0.4.
#pragma once

#include <string>

#include "base/metrics.h"

namespace ticklake::web {

inline constexpr const char* kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";

std::string PrometheusText(const Metrics& metrics);

}  // namespace ticklake::web
