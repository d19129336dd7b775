// SPDX-License-Identifier: MIT
#pragma once

#include "metrics/latency_histogram.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace extmail::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

struct Sample {
  Labels labels;
  double value = 0;
};

struct HistogramSample {
  Labels labels;
  LatencyHistogram::Snapshot histogram;
};

/// The numbers of one scrape, family by family, and the page that they make.
///
/// They are read when somebody asks, from statistics that the parts of a daemon keep anyway: nothing of this is touched
/// while a request is served.
/// Names and labels are Prometheus's: snake_case, base units, `_total` on what only grows. A family without samples is
/// left out. Each name may be given once.
/// Threads: one at a time.
class Families {
 public:
  Families();
  ~Families();
  Families(const Families&) = delete;
  Families& operator=(const Families&) = delete;

  void counter(std::string name, std::string help, const std::vector<Sample>& samples);
  void counter(std::string name, std::string help, double value);
  void gauge(std::string name, std::string help, const std::vector<Sample>& samples);
  void gauge(std::string name, std::string help, double value);
  void histogram(std::string name, std::string help, const std::vector<HistogramSample>& samples);

  /// What a page is to be called: the text format of Prometheus, version 0.0.4.
  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";
  [[nodiscard]] std::string page() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace extmail::metrics
