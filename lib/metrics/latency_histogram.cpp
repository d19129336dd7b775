// SPDX-License-Identifier: MIT
#include "metrics/latency_histogram.hpp"

namespace extmail::metrics {

void LatencyHistogram::observe(std::chrono::nanoseconds took) {
  // From below: most are among the first.
  std::size_t bucket = 0;
  while (bucket < kBounds.size() && took > kBounds[bucket])
    ++bucket;
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(took.count(), std::memory_order_relaxed);
}

LatencyHistogram::Snapshot LatencyHistogram::snapshot() const {
  Snapshot snapshot;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    snapshot.counts[i] = counts_[i].load(std::memory_order_relaxed);
  snapshot.sum = std::chrono::nanoseconds(sum_.load(std::memory_order_relaxed));
  return snapshot;
}

}  // namespace extmail::metrics
