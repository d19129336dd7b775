// SPDX-License-Identifier: MIT
#pragma once

#include "metrics/families.hpp"

#include <chrono>

namespace extmail::metrics {

/// What every process shows, by the names that Prometheus's own libraries use: memory, processor time, descriptors.
///
/// What can't be read from /proc is left out. Threads: collect() may be called concurrently.
class ProcessMetrics {
 public:
  /// To be made when the process starts: this is its start time.
  ProcessMetrics();

  void collect(Families& families) const;

 private:
  const std::chrono::system_clock::time_point started_;
};

}  // namespace extmail::metrics
