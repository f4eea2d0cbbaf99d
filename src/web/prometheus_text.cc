#include "web/prometheus_text.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace ticklake::web {
namespace {

prometheus::MetricFamily FamilyOf(const MetricSample& sample) {
  prometheus::MetricFamily family;
  family.name = sample.name;
  family.help = sample.help;
  family.type = sample.kind == MetricKind::kCounter ? prometheus::MetricType::Counter
                                                    : prometheus::MetricType::Gauge;
  return family;
}

prometheus::ClientMetric MetricOf(const MetricSample& sample) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
  if (sample.kind == MetricKind::kCounter) {
    metric.counter.value = sample.value;
  } else {
    metric.gauge.value = sample.value;
  }
  return metric;
}

}  // namespace

std::string PrometheusText(const Metrics& metrics) {
  std::vector<prometheus::MetricFamily> families;
  for (const MetricSample& sample : metrics.Collect()) {  // sorted by name
    if (families.empty() || families.back().name != sample.name) {
      families.push_back(FamilyOf(sample));
    }
    families.back().metric.push_back(MetricOf(sample));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace ticklake::web
