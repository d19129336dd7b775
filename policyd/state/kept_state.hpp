// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "metrics/families.hpp"
#include "policyd/state/journal.hpp"
#include "policyd/state/local_state.hpp"
#include "policyd/state/state_settings.hpp"

#include <mutex>
#include <optional>

namespace extmail::policyd {

/// The state, and its copy in a file if the settings want one.
///
/// Threads: state() and collect() may be called concurrently, keep() by one thread.
class KeptState {
 public:
  /// clock and log must outlive it.
  KeptState(const StateSettings& settings, const Clock& clock, Log& log);

  [[nodiscard]] State& state() { return state_; }

  /// Takes what is in the file, and copies to it from now on; once. Without this the state is as good as none, and no file is
  /// touched: to be called when a rule remembers something.
  /// Errors: JournalRefused.
  void keep();

  void collect(metrics::Families& families) const;

 private:
  const StateSettings settings_;
  Log& log_;
  LocalState state_;
  mutable std::mutex mutex_;        // guards journal_ against who collects
  std::optional<Journal> journal_;  // after what it copies
};

}  // namespace extmail::policyd
