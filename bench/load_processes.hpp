// SPDX-License-Identifier: MIT
#pragma once

#include "load.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace extmail::bench {

struct ProcessLoad {
  std::vector<Tally> tallies;
  Clock::time_point began;
  double cpu_seconds = 0;
};

/// What one process does once all are ready.
using Work = std::function<Tally()>;

/// Forks `count` processes, of which each makes ready, `prepare(mine)`, and then does the work that this gives it; all begin
/// at the same moment, and only the work counts. Throws when one of them ends otherwise than by doing it.
ProcessLoad run_in_processes(std::size_t count, const std::function<Work(std::size_t)>& prepare);

}  // namespace extmail::bench
