// SPDX-License-Identifier: MIT
#include "support/fake_state.hpp"

#include <algorithm>
#include <stdexcept>

namespace extmail::tests {
namespace {

using namespace policyd;

void check_key(const std::string& key) {
  if (key.size() > State::kMaxKeyBytes) throw std::logic_error("a key is too long: " + key);
}

std::int64_t slot_at(Time now, const Window& window) {
  return now.time_since_epoch() / window.slot_width();
}

}  // namespace

std::chrono::sys_seconds FakeState::wall_time() const {
  constexpr std::chrono::sys_seconds kStart{std::chrono::sys_days(std::chrono::days(20'000))};
  return kStart + std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch());
}

template <typename T>
bool FakeState::refuse(const Done<T>& done) const {
  if (fails_) done(Answer<T>::temporary_failure("the state is away"));
  return fails_;
}

Standing FakeState::standing(const Charge& charge) const {
  const Window& window = charge.window;
  const std::int64_t now = slot_at(clock_.now(), window);
  const std::int64_t slots = window.period / window.slot_width() +
                             (window.period % window.slot_width() != std::chrono::seconds(0) ? 1 : 0);
  Standing standing{.used = 0, .slot = now};
  std::vector<Counted> counted;
  if (const auto found = counters_.find(charge.key); found != counters_.end()) {
    for (const auto& each : found->second) {
      if (each.slot < now - slots) continue;
      standing.used += each.amount;
      counted.push_back(each);
    }
  }
  std::sort(counted.begin(), counted.end(), [](const auto& a, const auto& b) { return a.slot < b.slot; });
  std::uint64_t left = standing.used;
  for (const auto& each : counted) {
    if (left + charge.amount <= window.limit) break;
    left -= each.amount;
    const auto leaves = window.slot_width() * (each.slot + slots + 1) - clock_.now().time_since_epoch();
    standing.room_in = std::chrono::ceil<std::chrono::seconds>(leaves);
  }
  return standing;
}

void FakeState::take(std::vector<Charge> charges, Done<Taken> done) {
  if (refuse(done)) return;
  Taken taken;
  for (std::size_t i = 0; i < charges.size(); ++i) {
    check_key(charges[i].key);
    taken.standings.push_back(standing(charges[i]));
    const bool fits = taken.standings[i].used + charges[i].amount <= charges[i].window.limit;
    if (!fits && charges[i].is_enforced && charges[i].amount > 0 && !taken.refused_by) taken.refused_by = i;
  }
  if (!taken.refused_by) {
    for (std::size_t i = 0; i < charges.size(); ++i) {
      if (charges[i].amount > 0)
        counters_[charges[i].key].push_back({taken.standings[i].slot, charges[i].amount});
      taken.standings[i].used += charges[i].amount;
    }
  }
  done(Answer<Taken>::found(std::move(taken)));
}

void FakeState::give_back(std::vector<Return> returns) {
  if (fails_) return;
  for (const auto& back : returns) {
    std::uint64_t amount = back.amount;
    for (auto& each : counters_[back.key]) {
      if (each.slot != back.slot) continue;
      const std::uint64_t part = std::min(amount, each.amount);
      each.amount -= part;
      amount -= part;
    }
  }
}

bool FakeState::is_allow_listed(const std::string& key, std::uint64_t passes,
                                const GreylistQuestion& question) {
  const auto found = passes_.find(key);
  if (key.empty() || found == passes_.end() || clock_.now() >= found->second.last + question.lifetime)
    return false;
  if (found->second.number < passes) return false;
  if (!question.only_asks) found->second.last = clock_.now();
  return true;
}

GreylistAnswer FakeState::pass_triplet(const GreylistQuestion& question) {
  using By = GreylistAnswer::By;
  const Time now = clock_.now();
  if (question.triplet.empty()) return {By::Waiting, question.delay};
  Triplet unknown{now, std::nullopt};
  const auto known = triplets_.find(question.triplet);
  if (known == triplets_.end() && !question.only_asks) triplets_[question.triplet] = unknown;
  Triplet asked = known == triplets_.end() ? unknown : known->second;
  auto& triplet = question.only_asks ? asked : triplets_[question.triplet];
  const bool is_over = triplet.last_pass ? now >= *triplet.last_pass + question.lifetime
                                         : now > triplet.first + question.window;
  if (is_over) triplet = {now, std::nullopt};
  if (!triplet.last_pass && now < triplet.first + question.delay) {
    return {By::Waiting, std::chrono::ceil<std::chrono::seconds>(triplet.first + question.delay - now)};
  }
  if (!triplet.last_pass && !question.only_asks) {
    for (const auto& key : {question.client, question.sender_domain}) {
      if (key.empty()) continue;
      auto& passes = passes_[key];
      passes.number = now < passes.last + question.lifetime ? passes.number + 1 : 1;
      passes.last = now;
    }
  }
  triplet.last_pass = now;
  return {By::Triplet, {}};
}

void FakeState::greylist(GreylistQuestion question, Done<GreylistAnswer> done) {
  using By = GreylistAnswer::By;
  for (const auto& key : {question.triplet, question.client, question.sender_domain, question.correspondent})
    check_key(key);
  if (refuse(done)) return;
  const auto known = correspondents_.find(question.correspondent);
  GreylistAnswer answer;
  if (!question.correspondent.empty() && known != correspondents_.end() && clock_.now() < known->second) {
    answer.by = By::Correspondent;
  } else if (is_allow_listed(question.client, question.client_passes, question)) {
    answer.by = By::Client;
  } else if (is_allow_listed(question.sender_domain, question.domain_passes, question)) {
    answer.by = By::SenderDomain;
  } else {
    answer = pass_triplet(question);
  }
  done(Answer<GreylistAnswer>::found(answer));
}

void FakeState::note_correspondent(std::string key, std::chrono::seconds lifetime) {
  check_key(key);
  if (!fails_) correspondents_[key] = clock_.now() + lifetime;
}

void FakeState::count_distinct(std::string key, std::string member, std::chrono::seconds period,
                               std::size_t at_most, Done<std::size_t> done) {
  check_key(key);
  check_key(member);
  if (refuse(done)) return;
  auto& members = sets_[key];
  members[member] = clock_.now();
  const auto number = std::count_if(members.begin(), members.end(),
                                    [&](const auto& each) { return clock_.now() < each.second + period; });
  done(Answer<std::size_t>::found(std::min({static_cast<std::size_t>(number), at_most, kMaxMembers})));
}

void FakeState::set_mark(Mark mark) {
  check_key(mark.key);
  check_key(mark.text);
  if (!fails_) marks_[mark.key] = mark;
}

void FakeState::find_mark(std::string key, Done<std::optional<Mark>> done) {
  check_key(key);
  if (refuse(done)) return;
  const auto found = marks_.find(key);
  const bool is_there = found != marks_.end() && wall_time() < found->second.until;
  done(Answer<std::optional<Mark>>::found(is_there ? std::optional(found->second) : std::nullopt));
}

void FakeState::remove_mark(std::string key, Done<bool> done) {
  if (refuse(done)) return;
  const auto found = marks_.find(key);
  const bool is_there = found != marks_.end() && wall_time() < found->second.until;
  marks_.erase(key);
  done(Answer<bool>::found(is_there));
}

void FakeState::list_marks(std::string prefix, std::size_t at_most, Done<std::vector<Mark>> done) {
  if (refuse(done)) return;
  std::vector<Mark> marks;
  for (const auto& [key, mark] : marks_) {
    if (key.starts_with(prefix) && wall_time() < mark.until && marks.size() < at_most) marks.push_back(mark);
  }
  done(Answer<std::vector<Mark>>::found(std::move(marks)));
}

State::Statistics FakeState::statistics() const {
  Statistics now;
  now.entries = counters_.size() + triplets_.size() + passes_.size() + correspondents_.size() + sets_.size() +
                marks_.size();
  now.is_away = fails_;
  return now;
}

}  // namespace extmail::tests
