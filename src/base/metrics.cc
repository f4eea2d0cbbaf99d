#include "base/metrics.h"

namespace ticklake {

Metrics::Entry& Metrics::Find(std::string_view name, std::string_view help, MetricKind kind,
                              Labels labels) {
  auto [it, inserted] = entries_.try_emplace({std::string(name), labels});
  if (inserted) {
    it->second.meta = {std::string(name), std::string(help), kind, std::move(labels), 0};
  }
  return it->second;
}

Metric& Metrics::Counter(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(mutex_);
  return Find(name, help, MetricKind::kCounter, std::move(labels)).metric;
}

Metric& Metrics::Gauge(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(mutex_);
  return Find(name, help, MetricKind::kGauge, std::move(labels)).metric;
}

void Metrics::OnRead(std::string_view name, std::string_view help, std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  Find(name, help, MetricKind::kGauge, {}).read = std::move(read);
}

std::vector<MetricSample> Metrics::Collect() const {
  const std::lock_guard lock(mutex_);
  std::vector<MetricSample> samples;
  samples.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) {
    samples.push_back(entry.meta);
    samples.back().value = entry.read ? entry.read() : entry.metric.Get();
  }
  return samples;
}

}  // namespace ticklake
