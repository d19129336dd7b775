// SPDX-License-Identifier: MIT
#pragma once

#include "load.hpp"

#include <cstddef>
#include <functional>

namespace extmail::bench {

/// Runs work(0), work(1) … in `count` threads at once. Throws what one of them threw, once all have ended.
LoadResult run_in_threads(std::size_t count, const std::function<Tally(std::size_t)>& work);

}  // namespace extmail::bench
