// SPDX-License-Identifier: MIT
#include "cache/change_follower.hpp"

#include "core/address.hpp"

#include <string>
#include <utility>

namespace extmail::cache {
namespace {

using namespace std::chrono_literals;

/// For one question to the database; the connection's own time-outs are shorter.
constexpr auto kQuestionTime = 10s;

}  // namespace

ChangeFollower::ChangeFollower(std::shared_ptr<ChangeLog> changes, Freshness& freshness, Drop drop,
                               const Clock& clock, Log& log, std::function<void()> on_flush)
    : freshness_(freshness),
      drop_(std::move(drop)),
      on_flush_(std::move(on_flush)),
      clock_(clock),
      log_(log),
      changes_(std::move(changes)),
      prune_at_(clock.now() + kPrune) {}

void ChangeFollower::replace(std::shared_ptr<ChangeLog> changes) {
  const std::lock_guard lock(replacing_);
  next_ = std::move(changes);
}

std::chrono::milliseconds ChangeFollower::round() {
  {
    const std::lock_guard lock(replacing_);
    if (next_) {
      changes_ = std::exchange(next_, nullptr);
      is_open_ = has_read_ = false;
      flushed_.clear();
      // The old one's log tells nothing of the new one's rows.
      freshness_.forget(clock_.now());
    }
  }
  return is_open_ ? read() : open();
}

std::chrono::milliseconds ChangeFollower::open() {
  const Time asked = clock_.now();
  const auto end = changes_->open(asked + kQuestionTime);
  switch (end.outcome()) {
    case Outcome::Found:
      sees_all_ = window_.start(end.value(), asked);
      // Emptied meanwhile: its ids are given out anew.
      if (!flushed_.empty() && *flushed_.rbegin() > end.value().newest) flushed_.clear();
      is_open_ = true;
      is_catching_up_ = true;
      return read_first();
    case Outcome::PermanentFailure:
      freshness_.answered_without_log(asked);
      say_what_changed(State::WithoutLog, end.reason());
      return kProbe;
    case Outcome::NotFound:
    case Outcome::TemporaryFailure:
      break;
  }
  freshness_.database_failed();
  said_ = State::Failed;
  return kRetry;
}

std::chrono::milliseconds ChangeFollower::read_first() {
  const auto pause = read();
  return is_open_ ? pause : kRetry;
}

std::chrono::milliseconds ChangeFollower::read() {
  std::uint64_t after = window_.read_after();
  const std::uint64_t newest = window_.newest();
  bool has_newest = newest == 0;
  while (true) {
    const Time asked = clock_.now();
    const auto page = changes_->read_after(after, asked + kQuestionTime);
    if (!page.is_found()) {
      is_open_ = false;
      return 0ms;
    }
    for (const auto& change : page.value()) {
      has_newest = has_newest || change.id == newest;
      take(change, asked);
    }
    if (page.value().size() < ChangeLog::kMaxPage) {
      if (!has_newest) return restart();
      finish(asked);
      break;
    }
    after = page.value().back().id;
  }
  newest_id_ = window_.newest();
  gaps_ = window_.gaps();
  prune();
  return kPoll;
}

void ChangeFollower::finish(Time asked) {
  const bool is_settled = window_.settle(asked);
  if (!std::exchange(sees_all_, true) || !is_settled) {
    freshness_.doubt_log_until(asked + ChangeWindow::kMaxTransaction);
    log_.write(
        Level::Notice, "change_log_behind",
        "so much was written at once that a late change could be missed; for ten minutes rows are read "
        "again after cache_ttl");
  }
  has_read_ = true;
  if (!std::exchange(is_catching_up_, false)) return freshness_.log_read(asked);
  // Not since it was asked: meanwhile rows came from the server that was asked before, or what the log told of them
  // was not read yet.
  freshness_.log_opened(clock_.now());
  say_what_changed(State::Following, {});
}

std::chrono::milliseconds ChangeFollower::restart() {
  if (may_say_emptied_(clock_.now())) {
    log_.write(Level::Notice, "change_log_emptied",
               "its newest entry is gone, and with it what was written since; all rows are read again");
  }
  is_open_ = false;
  flushed_.clear();
  return 0ms;
}

void ChangeFollower::take(const Change& change, Time now) {
  if (!window_.is_new(change.id, now)) return;
  if (change.is_flush) return flush(change.id);
  drop_(change.table, fold_case(change.key));
  ++dropped_;
}

void ChangeFollower::flush(std::uint64_t id) {
  if (!flushed_.insert(id).second) return;
  if (flushed_.size() > kMaxFlushes) flushed_.erase(flushed_.begin());
  // Now, not when it was asked: a row that came meanwhile may be older than the flush.
  freshness_.forget(clock_.now());
  if (on_flush_) on_flush_();
  // What is read at a start is from before it, and nothing new to anybody.
  if (!has_read_) return;
  ++flushes_;
  log_.write(Level::Notice, "cache_flushed",
             "extmailctl flush: all rows are read again when they are next asked for");
}

void ChangeFollower::prune() {
  const Time now = clock_.now();
  if (now < prune_at_) return;
  prune_at_ = now + kPrune;
  changes_->prune(now + kQuestionTime);
}

void ChangeFollower::say_what_changed(State state, std::string_view reason) {
  if (std::exchange(said_, state) == state) return;
  if (state == State::Following) {
    log_.write(Level::Info, "change_log_followed", "changes in the database show within a second");
    return;
  }
  log_.write(Level::Warning, "change_log_missing",
             "changes in the database show after cache_ttl only: " + std::string(reason));
}

ChangeFollower::Position ChangeFollower::position() const {
  return {freshness_.follows_log(), newest_id_, gaps_, dropped_, flushes_};
}

}  // namespace extmail::cache
