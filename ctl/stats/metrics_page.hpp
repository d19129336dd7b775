// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace extmail::ctl {

/// One number of a page: `name{label="value"} 1`.
struct MetricSample {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;  ///< in their order, values without escapes
  double value = 0;                                         ///< may be infinite, or no number

  /// The label's value; empty where there is none.
  [[nodiscard]] std::string_view label(std::string_view name) const;
};

/// The numbers that a daemon shows to Prometheus, read from its text format, version 0.0.4.
///
/// Threads: const members may be called concurrently.
class MetricsPage {
 public:
  /// Whoever listens in a daemon's place may send anything: more than kMaxSamples, or kMaxLabels of one of them, is no page.
  static constexpr std::size_t kMaxSamples = 20'000;
  static constexpr std::size_t kMaxLabels = 32;

  /// PermanentFailure: it is no such text; the reason names the line. Help, types and time stamps are passed over.
  [[nodiscard]] static Answer<MetricsPage> parse(std::string_view text);

  /// In the order of the page.
  [[nodiscard]] const std::vector<MetricSample>& samples() const { return samples_; }

  /// The first sample of that name; null where there is none.
  [[nodiscard]] const MetricSample* find(std::string_view name) const;

  /// All samples of that name together, or those of them whose label has that value. Empty where the page has none.
  [[nodiscard]] std::optional<double> sum(std::string_view name) const;
  [[nodiscard]] std::optional<double> sum(std::string_view name, std::string_view label,
                                          std::string_view value) const;

  /// The least bound, in the unit of the metric, that at least this share (0 to 1) of what a histogram counted did not
  /// exceed, all its series together; infinite beyond the last bound. Empty where it has counted nothing.
  [[nodiscard]] std::optional<double> bound_of(std::string_view histogram, double share) const;

 private:
  std::vector<MetricSample> samples_;
};

}  // namespace extmail::ctl
