// SPDX-License-Identifier: MIT
#pragma once

#include "metrics/families.hpp"
#include "metrics/latency_histogram.hpp"
#include "policyd/action_kind.hpp"
#include "policyd/facts.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::policyd {

/// Counts what the rules decide, and how long a request takes.
///
/// Threads: all members may be called concurrently; none but collect() locks or allocates.
class DecisionMetrics {
 public:
  /// rules are the names that get series, also of rules that a reload may bring.
  explicit DecisionMetrics(std::vector<std::string> rules);

  enum class Mode : std::uint8_t { Enforce, Log };

  /// The request got this action, or would have got it.
  void acted(std::string_view rule, ActionKind kind, Mode mode);
  /// No rule had anything against the request.
  void passed() { ++passed_; }
  /// The rule was passed over for strangers no longer meant: see Exempt.
  void exempted(std::string_view rule);
  /// The rule could not tell.
  void failed(std::string_view rule);

  /// The request of this stage has its answer.
  void answered(Stage stage, std::chrono::nanoseconds took);

  void collect(metrics::Families& families) const;

 private:
  using Count = std::atomic<std::uint64_t>;
  struct OfRule {
    std::array<std::array<Count, kActionKinds>, 2> actions{};  // by Mode and ActionKind
    Count exemptions{0};
    Count failures{0};
  };
  /// A name that the metrics were not told of counts nowhere: null.
  [[nodiscard]] OfRule* find(std::string_view rule);

  const std::vector<std::string> names_;
  const std::unique_ptr<OfRule[]> rules_;  // one for each name
  Count passed_{0};
  std::array<Count, kStages> requests_{};
  metrics::LatencyHistogram durations_;
};

}  // namespace extmail::policyd
