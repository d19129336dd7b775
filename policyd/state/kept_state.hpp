// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "metrics/families.hpp"
#include "policyd/state/journal.hpp"
#include "policyd/state/local_state.hpp"
#include "policyd/state/redis_state.hpp"
#include "policyd/state/state_settings.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

namespace extmail::policyd {

/// The state where the settings want it: in memory, with a copy in a file or without, or in Redis.
///
/// Threads: state() and collect() may be called concurrently, keep() by one thread.
class KeptState {
 public:
  /// Connects to Redis, where that is it. clock and log must outlive it, and those whom the state answers.
  KeptState(StateSettings settings, const Clock& clock, Log& log);

  [[nodiscard]] State& state();

  /// Takes what is in the file, and copies to it from now on; once. Without this the state is as good as none, and no file is
  /// touched: to be called when a rule remembers something. Redis keeps what it has without this.
  /// Errors: JournalRefused.
  void keep();

  void collect(metrics::Families& families) const;

 private:
  [[nodiscard]] State::Statistics statistics() const;
  void collect_memory(metrics::Families& families, const State::Statistics& now) const;

  const std::string file_;  ///< empty: no copy is wanted
  const std::size_t max_bytes_;
  Log& log_;
  std::optional<RedisState> redis_;
  std::optional<LocalState> local_;  // one of the two
  mutable std::mutex mutex_;         // guards journal_ against who collects
  std::optional<Journal> journal_;   // after what it copies
};

}  // namespace extmail::policyd
