// SPDX-License-Identifier: MIT
#pragma once

#include "cache/store.hpp"
#include "core/clock.hpp"
#include "core/outcome.hpp"
#include "metrics/families.hpp"
#include "metrics/latency_histogram.hpp"
#include "metrics/outcome_counters.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::maps {

/// Counts lookups by map and outcome, and how long they took.
///
/// Threads: all members may be called concurrently; begin() and end() neither lock nor allocate, and read the clock once
/// each.
class LookupMetrics {
 public:
  /// maps are the names that get series; clock must outlive the metrics.
  LookupMetrics(std::vector<std::string> maps, const Clock& clock);

  /// A lookup under way, from its request on; end() is called once, or never if there is no answer.
  class Lookup {
   public:
    void end(Outcome outcome, cache::AnsweredFrom from) const;

   private:
    friend class LookupMetrics;
    Lookup(LookupMetrics& metrics, std::size_t map, Time began)
        : metrics_(&metrics), map_(map), began_(began) {}

    LookupMetrics* metrics_;
    std::size_t map_;
    Time began_;
  };
  [[nodiscard]] Lookup begin(std::string_view map) { return {*this, counters_.slot_of(map), clock_.now()}; }

  void collect(metrics::Families& families) const;

 private:
  const Clock& clock_;
  metrics::OutcomeCounters counters_;
  std::array<metrics::LatencyHistogram, 2> durations_;  // by cache::AnsweredFrom
};

}  // namespace extmail::maps
