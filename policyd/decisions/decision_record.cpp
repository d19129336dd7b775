// SPDX-License-Identifier: MIT
#include "policyd/decisions/decision_record.hpp"

#include "core/printable.hpp"
#include "policyd/action_kind.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace extmail::policyd {
namespace {

/// As many as are tried again when it fails.
constexpr std::size_t kBatch = 256;

/// Of one writing, for a database that hangs.
constexpr std::chrono::seconds kWriteTime{30};

std::string cut(std::string_view text) {
  constexpr std::size_t kEllipsisBytes = 3;  // which printable() puts behind what it cuts
  return printable(text, Decision::kMaxTextBytes - kEllipsisBytes);
}

}  // namespace

DecisionRecord::DecisionRecord(Settings settings, std::shared_ptr<DecisionSink> sink, const Clock& clock,
                               WallTime wall_time, Log& log)
    : settings_(settings),
      clock_(clock),
      wall_time_(std::move(wall_time)),
      log_(log),
      tidy_at_(clock.now()),
      sink_(std::move(sink)),
      thread_([this] { work(); }) {}

DecisionRecord::~DecisionRecord() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void DecisionRecord::note(const Facts& facts, std::string_view rule, const Action& action) {
  const auto& request = facts.request();
  Decision decision;
  decision.at = wall_time_();
  decision.stage = name_of(facts.stage());
  decision.client = cut(request.client_address);
  decision.sasl_username = cut(request.sasl_username);
  decision.sender = cut(request.sender);
  decision.recipient = cut(request.recipient);
  decision.queue_id = cut(request.queue_id);
  decision.rule = rule;
  decision.action = name_of(kind_of(action.text));
  decision.text = cut(action.text);
  decision.reason = cut(action.reason);
  const std::lock_guard lock(mutex_);
  if (waiting_.size() < kMaxWaiting) {
    waiting_.push_back(std::move(decision));
  } else {
    ++lost_;
  }
}

void DecisionRecord::replace(std::shared_ptr<DecisionSink> sink) {
  const std::lock_guard lock(mutex_);
  sink_.swap(sink);
}

std::shared_ptr<DecisionSink> DecisionRecord::sink() const {
  const std::lock_guard lock(mutex_);
  return sink_;
}

DecisionRecord::Statistics DecisionRecord::statistics() const {
  const std::lock_guard lock(mutex_);
  return {waiting_.size(), written_, lost_, removed_};
}

void DecisionRecord::collect(metrics::Families& families) const {
  const Statistics now = statistics();
  const auto one = [](auto value) { return std::vector<metrics::Sample>{{{}, static_cast<double>(value)}}; };
  families.gauge("extmail_policyd_decisions_waiting",
                 "Decisions that are still to be written to extmail_decision.", one(now.waiting));
  families.counter("extmail_policyd_decisions_written_total",
                   "Decisions that were written to extmail_decision.", one(now.written));
  families.counter("extmail_policyd_decisions_lost_total",
                   "Decisions that were given up, because too many waited to be written.", one(now.lost));
  families.counter("extmail_policyd_decisions_removed_total",
                   "Rows of extmail_decision that were removed because they were older than retention.",
                   one(now.removed));
}

void DecisionRecord::work() {
  // Once more at the end, even if that comes before the first wait.
  for (bool is_last = false; !is_last;) {
    {
      std::unique_lock lock(mutex_);
      stop_.wait_for(lock, settings_.interval, [this] { return is_stopping_; });
      is_last = is_stopping_;
    }
    write(clock_.now() + (is_last ? kLastChance : kWriteTime));
    if (!is_last && clock_.now() >= tidy_at_) tidy(clock_.now() + kWriteTime);
  }
}

void DecisionRecord::write(Deadline deadline) {
  std::deque<Decision> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(waiting_);
  }
  while (!taken.empty()) {
    const auto end = std::next(taken.begin(), static_cast<std::ptrdiff_t>(std::min(kBatch, taken.size())));
    const std::vector<Decision> batch(taken.begin(), end);
    const auto written = sink()->write(batch, deadline);
    if (!written.is_found()) return put_back(std::move(taken), written.reason());
    taken.erase(taken.begin(), end);
    const std::lock_guard lock(mutex_);
    written_ += batch.size();
  }
}

void DecisionRecord::put_back(std::deque<Decision> rest, const std::string& reason) {
  std::unique_lock lock(mutex_);
  // The oldest first; what came meanwhile has the room that is left.
  for (auto& decision : waiting_) {
    if (rest.size() < kMaxWaiting) {
      rest.push_back(std::move(decision));
    } else {
      ++lost_;
    }
  }
  waiting_ = std::move(rest);
  const std::string state = std::to_string(waiting_.size()) + " decisions wait to be written, " +
                            std::to_string(lost_) + " found no room";
  lock.unlock();
  if (may_complain_(clock_.now())) log_.write(Level::Warning, "decisions_waiting", reason + "; " + state);
}

void DecisionRecord::tidy(Deadline deadline) {
  const auto removed = sink()->remove_before(wall_time_() - settings_.kept_for, deadline);
  if (!removed.is_found()) {
    tidy_at_ = clock_.now() + kTidiedEvery;
    if (may_complain_of_old_(clock_.now())) log_.write(Level::Warning, "decisions_kept", removed.reason());
    return;
  }
  if (removed.value() < DecisionSink::kMostRemoved) tidy_at_ = clock_.now() + kTidiedEvery;
  const std::lock_guard lock(mutex_);
  removed_ += removed.value();
}

}  // namespace extmail::policyd
