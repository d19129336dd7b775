// SPDX-License-Identifier: MIT
#include "policyd/state/local_state.hpp"

#include "policyd/state/entry_key.hpp"

#include <algorithm>
#include <utility>

namespace extmail::policyd {
namespace {

using std::chrono::seconds;

/// Entries that are over and dropped with an operation: more than one operation makes, so that they never pile up.
constexpr std::size_t kPurgedAtOnce = 16;

Mark mark_of(const LocalTable::Entry& entry) {
  const auto& value = std::get<MarkValue>(entry.value);
  return {entry.key.substr(1), value.text, value.until};
}

}  // namespace

LocalState::LocalState(std::size_t max_bytes, bool is_saved, const Clock& clock, Wall wall)
    : time_(clock, wall()), wall_(std::move(wall)), table_(max_bytes, is_saved) {}

Taken LocalState::take_locked(const std::vector<Charge>& charges) {
  const StateTime now = time_.now();
  const auto now_seconds = std::chrono::floor<seconds>(now);
  table_.purge(now, kPurgedAtOnce);
  Taken taken;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < charges.size(); ++i) {
    const auto& charge = charges[i];
    keys.push_back(counter_key(charge.key, charge.window.period));
    // What earlier charges of the same counter add comes on top.
    std::uint64_t wanted = charge.amount;
    for (std::size_t j = 0; j < i; ++j)
      if (keys[j] == keys[i]) wanted = saturated_sum(wanted, charges[j].amount);
    SlidingCounter none(charge.window.period);
    auto* entry = table_.find(keys[i], now);
    auto& counter = entry != nullptr ? std::get<SlidingCounter>(entry->value) : none;
    counter.forget(now_seconds);
    const auto room_in = counter.room_in(now_seconds, charge.window.limit, wanted);
    const bool fits = saturated_sum(counter.used(), wanted) <= charge.window.limit;
    taken.standings.push_back({counter.used(), counter.slot_at(now_seconds), room_in});
    if (!fits && charge.is_enforced && charge.amount > 0 && !taken.refused_by) taken.refused_by = i;
  }
  if (taken.refused_by) return taken;
  for (std::size_t i = 0; i < charges.size(); ++i) {
    if (charges[i].amount == 0) continue;
    auto* entry = table_.find(keys[i], now);
    if (entry != nullptr) {
      auto& counter = std::get<SlidingCounter>(entry->value);
      counter.add(taken.standings[i].slot, charges[i].amount);
      table_.changed(*entry, counter.ends());
    } else {
      SlidingCounter counter(charges[i].window.period);
      counter.add(taken.standings[i].slot, charges[i].amount);
      const StateTime ends = counter.ends();
      table_.put(keys[i], std::move(counter), ends);
    }
    for (std::size_t j = 0; j < charges.size(); ++j)
      if (keys[j] == keys[i])
        taken.standings[j].used = saturated_sum(taken.standings[j].used, charges[i].amount);
  }
  return taken;
}

void LocalState::take(std::vector<Charge> charges, Done<Taken> done) {
  for (const auto& charge : charges)
    check_length(charge.key);
  Taken taken;
  {
    const std::lock_guard lock(mutex_);
    taken = take_locked(charges);
  }
  done(Answer<Taken>::found(std::move(taken)));
}

void LocalState::give_back(std::vector<Return> returns) {
  for (const auto& each : returns)
    check_length(each.key);
  const std::lock_guard lock(mutex_);
  for (const auto& each : returns) {
    const auto key = counter_key(each.key, each.period);
    auto* entry = table_.find(key, time_.now());
    if (entry == nullptr) continue;
    auto& counter = std::get<SlidingCounter>(entry->value);
    counter.remove(each.slot, each.amount);
    if (counter.slots().empty()) {
      table_.remove(key);
    } else {
      table_.changed(*entry, counter.ends());
    }
  }
}

bool LocalState::is_allow_listed(const std::string& client, std::uint64_t passes,
                                 const GreylistQuestion& question, StateTime now) {
  if (client.empty()) return false;
  auto* entry = table_.find(passes_key(client), now);
  if (entry == nullptr) return false;
  auto& value = std::get<Passes>(entry->value);
  if (now >= value.last + question.lifetime || value.number < passes) return false;
  if (question.only_asks) return true;
  value.last = now;
  table_.changed(*entry, now + question.lifetime);
  return true;
}

void LocalState::note_pass(const std::string& client, seconds lifetime, StateTime now) {
  if (client.empty()) return;
  auto key = passes_key(client);
  auto* entry = table_.find(key, now);
  if (entry == nullptr) {
    table_.put(std::move(key), Passes{1, now}, now + lifetime);
    return;
  }
  auto& passes = std::get<Passes>(entry->value);
  passes.number = now < passes.last + lifetime ? saturated_sum(passes.number, 1) : 1;
  passes.last = now;
  table_.changed(*entry, now + lifetime);
}

GreylistAnswer LocalState::pass_triplet(const GreylistQuestion& question, StateTime now) {
  using By = GreylistAnswer::By;
  if (question.triplet.empty()) return {By::Waiting, seconds(0)};
  auto key = triplet_key(question.triplet);
  auto* entry = table_.find(key, now);
  auto* triplet = entry != nullptr ? &std::get<Triplet>(entry->value) : nullptr;
  const bool is_over = triplet != nullptr && (triplet->passed ? now >= *triplet->passed + question.lifetime
                                                              : now > triplet->first + question.window);
  // The moment at which the window ends is in it.
  const auto first_ends = [&](StateTime first) { return first + question.window + StateTime(1); };
  if (triplet == nullptr || is_over) {
    if (question.only_asks)
      return question.delay > seconds(0) ? GreylistAnswer{By::Waiting, question.delay}
                                         : GreylistAnswer{By::Triplet, {}};
    if (question.delay > seconds(0)) {
      table_.put(std::move(key), Triplet{now, std::nullopt}, first_ends(now));
      return {By::Waiting, question.delay};
    }
    table_.put(std::move(key), Triplet{now, now}, now + question.lifetime);
  } else {
    if (!triplet->passed && now < triplet->first + question.delay)
      return {By::Waiting, std::chrono::ceil<seconds>(triplet->first + question.delay - now)};
    if (question.only_asks) return {By::Triplet, {}};
    const bool had_passed = triplet->passed.has_value();
    triplet->passed = now;
    table_.changed(*entry, now + question.lifetime);
    if (had_passed) return {By::Triplet, {}};
  }
  note_pass(question.client, question.lifetime, now);
  note_pass(question.sender_domain, question.lifetime, now);
  return {By::Triplet, {}};
}

GreylistAnswer LocalState::greylist_locked(const GreylistQuestion& question) {
  using By = GreylistAnswer::By;
  const StateTime now = time_.now();
  table_.purge(now, kPurgedAtOnce);
  if (!question.correspondent.empty() &&
      table_.find(correspondent_key(question.correspondent), now) != nullptr)
    return {By::Correspondent, {}};
  if (is_allow_listed(question.client, question.client_passes, question, now)) return {By::Client, {}};
  if (is_allow_listed(question.sender_domain, question.domain_passes, question, now))
    return {By::SenderDomain, {}};
  return pass_triplet(question, now);
}

void LocalState::greylist(GreylistQuestion question, Done<GreylistAnswer> done) {
  for (const auto* key :
       {&question.triplet, &question.client, &question.sender_domain, &question.correspondent})
    check_length(*key);
  GreylistAnswer answer;
  {
    const std::lock_guard lock(mutex_);
    answer = greylist_locked(question);
  }
  done(Answer<GreylistAnswer>::found(answer));
}

void LocalState::note_correspondent(std::string key, seconds lifetime) {
  check_length(key);
  const std::lock_guard lock(mutex_);
  table_.put(correspondent_key(key), Correspondent{}, time_.now() + lifetime);
}

std::size_t LocalState::count_locked(std::string key, std::string member, seconds period,
                                     std::size_t at_most) {
  const StateTime now = time_.now();
  table_.purge(now, kPurgedAtOnce);
  auto* entry = table_.find(key, now);
  Members members = entry != nullptr ? std::move(std::get<Members>(entry->value)) : Members{};
  auto& list = members.members;
  members.period = period;
  std::erase_if(list, [&](const auto& each) { return now >= each.noted + period || each.name == member; });
  list.push_back({std::move(member), now});
  // More than are asked for need not be known: those noted last are the last to leave.
  const std::size_t kept = std::clamp<std::size_t>(at_most, 1, kMaxMembers);
  if (list.size() > kept) list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(kept));
  const std::size_t number = list.size();
  if (entry != nullptr) {
    entry->value = std::move(members);
    table_.changed(*entry, now + period);
  } else {
    table_.put(std::move(key), std::move(members), now + period);
  }
  return std::min(number, at_most);
}

void LocalState::count_distinct(std::string key, std::string member, seconds period, std::size_t at_most,
                                Done<std::size_t> done) {
  check_length(key);
  check_length(member);
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = count_locked(set_key(key), std::move(member), period, at_most);
  }
  done(Answer<std::size_t>::found(number));
}

void LocalState::set_mark(Mark mark) {
  check_length(mark.key);
  check_length(mark.text);
  const auto lasts = std::chrono::floor<StateTime>(mark.until - wall_());
  const std::lock_guard lock(mutex_);
  auto key = mark_key(mark.key);
  if (lasts <= StateTime(0)) {
    table_.remove(key);
  } else {
    table_.put(std::move(key), MarkValue{std::move(mark.text), mark.until}, time_.now() + lasts);
  }
}

void LocalState::find_mark(std::string key, Done<std::optional<Mark>> done) {
  check_length(key);
  std::optional<Mark> mark;
  {
    const std::lock_guard lock(mutex_);
    if (const auto* entry = table_.find(mark_key(key), time_.now())) mark = mark_of(*entry);
  }
  done(Answer<std::optional<Mark>>::found(std::move(mark)));
}

void LocalState::remove_mark(std::string key, Done<bool> done) {
  check_length(key);
  bool was_there = false;
  {
    const std::lock_guard lock(mutex_);
    was_there = table_.find(mark_key(key), time_.now()) != nullptr;
    table_.remove(mark_key(key));
  }
  done(Answer<bool>::found(was_there));
}

void LocalState::list_marks(std::string prefix, std::size_t at_most, Done<std::vector<Mark>> done) {
  check_length(prefix);
  std::vector<Mark> marks;
  {
    const std::lock_guard lock(mutex_);
    for (const auto* entry : table_.marks(mark_key(prefix), time_.now(), at_most))
      marks.push_back(mark_of(*entry));
  }
  done(Answer<std::vector<Mark>>::found(std::move(marks)));
}

State::Statistics LocalState::statistics() const {
  const std::lock_guard lock(mutex_);
  Statistics statistics;
  statistics.entries = table_.size();
  statistics.bytes = table_.bytes();
  statistics.evicted = table_.evicted();
  statistics.unsaved = table_.unsaved();
  return statistics;
}

std::vector<Change> LocalState::take_changes(std::size_t at_most) {
  const std::lock_guard lock(mutex_);
  return table_.take_changes(at_most);
}

void LocalState::change_all() {
  const std::lock_guard lock(mutex_);
  table_.change_all();
}

bool LocalState::has_lost_removals() const {
  const std::lock_guard lock(mutex_);
  return table_.has_lost_removals();
}

bool LocalState::restore(Change saved, StateTime saved_at) {
  auto value = saved.value ? decode(*saved.value) : std::nullopt;
  const StateTime now = time_.now();
  if (!value) return false;
  if (saved_at > now) {
    const StateTime by = saved_at - now;
    shift_back(*value, by, now);
    const auto* counter = std::get_if<SlidingCounter>(&*value);
    saved.expires = counter != nullptr ? StateTime(counter->ends()) : saved.expires - by;
  }
  if (saved.expires <= now) return false;
  const std::lock_guard lock(mutex_);
  table_.restore(std::move(saved.key), std::move(*value), saved.expires);
  return true;
}

}  // namespace extmail::policyd
