// CPU time of the sink's stages, for benches and dashboards.
//
// Threading: a StageTime belongs to one thread; it adds what that thread used, when it ends.
#pragma once

#include <ctime>

#include "base/metrics.h"

namespace ticklake::lake {

inline constexpr char kCpuMetric[] = "ticklake_sink_cpu_seconds_total";
inline constexpr char kCpuHelp[] = "CPU time of the sink's threads by stage";

class StageTime {
 public:
  /// metrics may be null: then nothing is measured.
  StageTime(Metrics* metrics, const char* stage)
      : metric_(metrics ? &metrics->Counter(kCpuMetric, kCpuHelp, {{"stage", stage}}) : nullptr),
        start_(metric_ ? Now() : 0) {}
  StageTime(const StageTime&) = delete;
  StageTime& operator=(const StageTime&) = delete;
  ~StageTime() {
    if (metric_) metric_->Add(Now() - start_);
  }

 private:
  static double Now() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  }

  Metric* metric_;
  double start_;
};

}  // namespace ticklake::lake
