// SPDX-License-Identifier: MIT
#pragma once

#include "load.hpp"

#include <cstddef>
#include <functional>

namespace extmail::bench {

/// What one process does once all are ready.
using Work = std::function<Tally()>;

/// Forks `count` processes, of which each makes ready, `prepare(mine)`, and then does the work that this gives it; all begin
/// at the same moment, and only the work counts. Throws when one of them ends otherwise than by doing it.
LoadResult run_in_processes(std::size_t count, const std::function<Work(std::size_t)>& prepare);

}  // namespace extmail::bench
