// SPDX-License-Identifier: MIT
#include "cache/freshness.hpp"

#include <algorithm>

namespace extmail::cache {

Freshness::Freshness(const Settings& settings, Time now)
    : settings_(settings), valid_from_(now), last_answer_(now) {}

void Freshness::log_opened(Time asked) {
  valid_from_ = asked;
  log_read_ = asked;
  last_answer_ = asked;
  has_failed_ = false;
  follows_log_ = true;
}

void Freshness::log_read(Time asked) {
  log_read_ = asked;
  last_answer_ = asked;
  has_failed_ = false;
}

void Freshness::forget(Time now) {
  valid_from_ = now;
}

void Freshness::doubt_log_until(Time until) {
  doubted_until_ = until;
}

void Freshness::answered_without_log(Time asked) {
  follows_log_ = false;
  last_answer_ = asked;
  has_failed_ = false;
}

void Freshness::database_failed() {
  has_failed_ = true;
}

bool Freshness::is_fresh(Time read_at, Time now) const {
  if (read_at < valid_from_.load()) return false;
  if (!follows_log_ || read_at < doubted_until_.load()) return now - read_at <= settings_.ttl;
  return now - read_at <= kMaxAge && now - last_answer_.load() <= kLogGrace;
}

bool Freshness::is_fresh_unlogged(Time read_at, std::optional<std::chrono::seconds> ttl, Time now) const {
  return read_at >= valid_from_.load() && now - read_at <= ttl.value_or(settings_.ttl);
}

bool Freshness::is_away(Time now) const {
  return has_failed_ || now - last_answer_.load() > (follows_log_ ? Time::duration(kLogGrace) : kProbeGrace);
}

bool Freshness::is_vouched_for(Table table, Time read_at) const {
  return is_logged(table) && read_at >= std::max(valid_from_.load(), doubted_until_.load()) &&
         (follows_log_ || read_at <= log_read_.load());
}

Time Freshness::verified_at(Table table, Time read_at) const {
  return is_vouched_for(table, read_at) ? std::max(read_at, log_read_.load()) : read_at;
}

bool Freshness::is_servable(Table table, Time read_at, Time now) const {
  return now - verified_at(table, read_at) <= settings_.max_stale;
}

}  // namespace extmail::cache
