// SPDX-License-Identifier: MIT
#include "policyd/state/kept_state.hpp"

#include <utility>

namespace extmail::policyd {

KeptState::KeptState(StateSettings settings, const Clock& clock, Log& log)
    : file_(settings.backend == StateSettings::Backend::Sqlite ? settings.file : std::string()),
      max_bytes_(settings.max_bytes),
      log_(log) {
  if (settings.backend == StateSettings::Backend::Redis) {
    redis_.emplace(std::move(settings.redis), std::move(settings.redis_prefix), log);
  } else {
    local_.emplace(max_bytes_, !file_.empty(), clock);
  }
}

State& KeptState::state() {
  if (redis_) return *redis_;
  return *local_;
}

void KeptState::keep() {
  const std::lock_guard lock(mutex_);
  if (!file_.empty() && !journal_) journal_.emplace(file_, max_bytes_, *local_, log_);
}

State::Statistics KeptState::statistics() const {
  if (redis_) return redis_->statistics();
  const std::lock_guard lock(mutex_);
  return journal_ ? journal_->statistics() : local_->statistics();
}

void KeptState::collect_memory(metrics::Families& families, const State::Statistics& now) const {
  families.gauge("extmail_policyd_state_entries", "What is remembered of earlier mail.",
                 static_cast<double>(now.entries));
  families.gauge("extmail_policyd_state_bytes", "Memory that it takes.", static_cast<double>(now.bytes));
  families.gauge("extmail_policyd_state_max_bytes", "Memory that it may take.",
                 static_cast<double>(max_bytes_));
  families.counter("extmail_policyd_state_evictions_total", "Entries that had to go before their time.",
                   static_cast<double>(now.evicted));
  families.gauge("extmail_policyd_state_unsaved", "Changes that are not in the file yet.",
                 static_cast<double>(now.unsaved));
}

void KeptState::collect(metrics::Families& families) const {
  const State::Statistics now = statistics();
  if (local_) collect_memory(families, now);
  families.counter("extmail_policyd_state_failures_total",
                   "Attempts to write the file, or questions to Redis, that failed.",
                   static_cast<double>(now.failures));
  families.gauge("extmail_policyd_state_away",
                 "1 while the file or Redis can't be used (state_unsaved or state_away in the log).",
                 now.is_away ? 1 : 0);
}

}  // namespace extmail::policyd
