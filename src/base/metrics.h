// Counters and gauges that every room may have, without knowing who reads them.
//
// A Metrics registry is created in cli/ and handed down; web/ renders it for Prometheus.
// Threading: increments are lock-free; registration takes a lock; references stay valid
// as long as the registry. Does not aggregate over time: scrapers do.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ticklake {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Metric {
 public:
  void Add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
  void Increment() { Add(1); }
  void Set(double to) { value_.store(to, std::memory_order_relaxed); }
  double Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

enum class MetricKind { kCounter, kGauge };

/// One sample as a reader sees it.
struct MetricSample {
  std::string name;
  std::string help;
  MetricKind kind = MetricKind::kCounter;
  Labels labels;
  double value = 0;
};

class Metrics {
 public:
  /// The same (name, labels) gives the same metric. name: Prometheus style,
  /// "ticklake_sink_rows_total"; unit in the name.
  Metric& Counter(std::string_view name, std::string_view help, Labels labels = {});
  Metric& Gauge(std::string_view name, std::string_view help, Labels labels = {});
  /// A gauge computed when read; `read` must be safe from any thread until the registry dies.
  void OnRead(std::string_view name, std::string_view help, std::function<double()> read);
  /// All samples, sorted by name and labels.
  std::vector<MetricSample> Collect() const;

 private:
  struct Entry {
    MetricSample meta;
    Metric metric;
    std::function<double()> read;
  };
  Entry& Find(std::string_view name, std::string_view help, MetricKind kind, Labels labels);

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, Labels>, Entry> entries_;
};

}  // namespace ticklake
