// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "metrics/families.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::metrics {

/// Counts answers by name, of a map or a rule say, and outcome.
///
/// Names are given once: whatever else a peer comes up with counts as "unknown", so that peers can't make series.
/// Threads: all members may be called concurrently; slot_of() and count() neither lock nor allocate.
class OutcomeCounters {
 public:
  static constexpr std::string_view kUnknown = "unknown";

  explicit OutcomeCounters(std::vector<std::string> names);

  /// Where a name is counted.
  [[nodiscard]] std::size_t slot_of(std::string_view name) const;
  void count(std::size_t slot, Outcome outcome);

  /// A sample for each name and outcome, those at 0 too: a rate needs a series from its start.
  [[nodiscard]] std::vector<Sample> samples(const std::string& name_label) const;

 private:
  static constexpr std::size_t kOutcomes = 4;
  using Counts = std::array<std::atomic<std::uint64_t>, kOutcomes>;

  std::vector<std::string> names_;
  std::unique_ptr<Counts[]> counts_;
};

}  // namespace extmail::metrics
