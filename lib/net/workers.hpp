// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace extmail::net {

/// Threads for work that waits or computes, with a bounded queue.
///
/// Threads: submit() may be called from any thread, the workers' own included.
class Workers {
 public:
  /// name is for the log, which must outlive the workers.
  Workers(std::string_view name, std::size_t threads, std::size_t max_queued, Log& log);
  /// Finishes what is running and destroys what still waits.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Runs work(), a callable that need not be copyable, on one of the threads. False, and work is left
  /// untouched, when max_queued are waiting or running, which is logged: say "temporary failure" then.
  template <typename Work>
  [[nodiscard]] bool submit(Work&& work) {
    if (!reserve()) return false;
    run([held = std::make_shared<std::decay_t<Work>>(std::forward<Work>(work))] { (*held)(); });
    return true;
  }

 private:
  bool reserve();
  void run(std::function<void()> work);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace extmail::net
