// SPDX-License-Identifier: MIT
#include "policyd/state/kept_state.hpp"

namespace extmail::policyd {

KeptState::KeptState(const StateSettings& settings, const Clock& clock, Log& log)
    : settings_(settings),
      log_(log),
      state_(settings.max_bytes, settings.backend == StateSettings::Backend::Sqlite, clock) {}

void KeptState::keep() {
  const std::lock_guard lock(mutex_);
  if (settings_.backend == StateSettings::Backend::Sqlite && !journal_)
    journal_.emplace(settings_.file, settings_.max_bytes, state_, log_);
}

void KeptState::collect(metrics::Families& families) const {
  const State::Statistics now = [&] {
    const std::lock_guard lock(mutex_);
    return journal_ ? journal_->statistics() : state_.statistics();
  }();
  families.gauge("extmail_policyd_state_entries", "What is remembered of earlier mail.",
                 static_cast<double>(now.entries));
  families.gauge("extmail_policyd_state_bytes", "Memory that it takes.", static_cast<double>(now.bytes));
  families.gauge("extmail_policyd_state_max_bytes", "Memory that it may take.",
                 static_cast<double>(settings_.max_bytes));
  families.counter("extmail_policyd_state_evictions_total", "Entries that had to go before their time.",
                   static_cast<double>(now.evicted));
  families.gauge("extmail_policyd_state_unsaved", "Changes that are not in the file yet.",
                 static_cast<double>(now.unsaved));
  families.counter("extmail_policyd_state_failures_total", "Attempts to write the file that failed.",
                   static_cast<double>(now.failures));
  families.gauge("extmail_policyd_state_away", "1 while the file can't be used (state_unsaved in the log).",
                 now.is_away ? 1 : 0);
}

}  // namespace extmail::policyd
