// SPDX-License-Identifier: MIT
#include "load_threads.hpp"

#include <ctime>
#include <exception>
#include <thread>
#include <vector>

namespace extmail::bench {

LoadResult run_in_threads(std::size_t count, const std::function<Tally(std::size_t)>& work) {
  LoadResult result;
  result.tallies.resize(count);
  std::vector<std::exception_ptr> faults(count);
  std::vector<std::thread> threads;
  const std::clock_t cpu_began = std::clock();
  result.began = Clock::now();
  for (std::size_t mine = 0; mine < count; ++mine) {
    threads.emplace_back([&, mine] {
      try {
        result.tallies[mine] = work(mine);
      } catch (...) {
        faults[mine] = std::current_exception();
      }
    });
  }
  for (std::thread& each : threads)
    each.join();
  for (const std::exception_ptr& fault : faults)
    if (fault) std::rethrow_exception(fault);
  result.cpu_seconds = static_cast<double>(std::clock() - cpu_began) / CLOCKS_PER_SEC;
  return result;
}

}  // namespace extmail::bench
