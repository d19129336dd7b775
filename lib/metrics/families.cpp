// SPDX-License-Identifier: MIT
#include "metrics/families.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace extmail::metrics {
namespace {

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

prometheus::ClientMetric labelled(const Labels& labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels)
    metric.label.push_back({name, value});
  return metric;
}

}  // namespace

struct Families::Impl {
  std::vector<prometheus::MetricFamily> families;

  void add(prometheus::MetricFamily family) {
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
};

Families::Families() : impl_(std::make_unique<Impl>()) {}
Families::~Families() = default;

void Families::counter(std::string name, std::string help, const std::vector<Sample>& samples) {
  prometheus::MetricFamily family{std::move(name), std::move(help), prometheus::MetricType::Counter, {}};
  for (const auto& sample : samples)
    family.metric.emplace_back(labelled(sample.labels)).counter.value = sample.value;
  impl_->add(std::move(family));
}

void Families::counter(std::string name, std::string help, double value) {
  counter(std::move(name), std::move(help), {Sample{{}, value}});
}

void Families::gauge(std::string name, std::string help, const std::vector<Sample>& samples) {
  prometheus::MetricFamily family{std::move(name), std::move(help), prometheus::MetricType::Gauge, {}};
  for (const auto& sample : samples)
    family.metric.emplace_back(labelled(sample.labels)).gauge.value = sample.value;
  impl_->add(std::move(family));
}

void Families::gauge(std::string name, std::string help, double value) {
  gauge(std::move(name), std::move(help), {Sample{{}, value}});
}

void Families::histogram(std::string name, std::string help, const std::vector<HistogramSample>& samples) {
  prometheus::MetricFamily family{std::move(name), std::move(help), prometheus::MetricType::Histogram, {}};
  for (const auto& sample : samples) {
    auto& histogram = family.metric.emplace_back(labelled(sample.labels)).histogram;
    for (std::size_t i = 0; i < LatencyHistogram::kBounds.size(); ++i) {
      histogram.sample_count += sample.histogram.counts[i];
      histogram.bucket.push_back({histogram.sample_count, seconds(LatencyHistogram::kBounds[i])});
    }
    histogram.sample_count += sample.histogram.counts.back();
    histogram.sample_sum = seconds(sample.histogram.sum);
  }
  impl_->add(std::move(family));
}

std::string Families::page() const {
  return prometheus::TextSerializer().Serialize(impl_->families);
}

}  // namespace extmail::metrics
