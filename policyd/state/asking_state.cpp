// SPDX-License-Identifier: MIT
#include "policyd/state/asking_state.hpp"

#include "policyd/state/sliding_counter.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace extmail::policyd {
namespace {

/// What would become of the charges where the counters stand so: as State::take() has it, also where a counter is charged
/// twice.
Taken foresee(const std::vector<Charge>& charges, std::vector<Standing> standings) {
  using Counter = std::pair<std::string, std::chrono::seconds>;
  const auto counter_of = [](const Charge& charge) { return Counter{charge.key, charge.window.period}; };
  Taken taken;
  std::map<Counter, std::uint64_t> added;
  for (std::size_t i = 0; i < charges.size(); ++i) {
    const Charge& charge = charges[i];
    auto& sum = added[counter_of(charge)];
    sum = saturated_sum(sum, charge.amount);
    const bool fits = saturated_sum(standings[i].used, sum) <= charge.window.limit;
    if (!fits && charge.is_enforced && charge.amount > 0 && !taken.refused_by) taken.refused_by = i;
  }
  for (std::size_t i = 0; i < charges.size(); ++i)
    standings[i].used = saturated_sum(standings[i].used, added[counter_of(charges[i])]);
  taken.standings = std::move(standings);
  return taken;
}

std::vector<Return> all_of(const std::vector<Charge>& charges, const Taken& taken) {
  std::vector<Return> returns;
  for (std::size_t i = 0; i < charges.size(); ++i)
    returns.push_back({charges[i].key, charges[i].window.period, taken.standings[i].slot, charges[i].amount});
  return returns;
}

}  // namespace

void AskingState::take(std::vector<Charge> charges, Done<Taken> done) {
  auto questions = charges;
  for (auto& question : questions)
    question.amount = 0;
  state_.take(std::move(questions), [&state = state_, charges = std::move(charges),
                                     done = std::move(done)](const Answer<Taken>& now) {
    if (!now.is_found()) return done(now);
    auto foreseen = foresee(charges, now.value().standings);
    if (!foreseen.refused_by) return done(Answer<Taken>::found(std::move(foreseen)));
    // Only the refusal itself tells when there will be room, and counts nothing. Room that came just now is given back.
    state.take(charges, [&state, charges, done](const Answer<Taken>& taken) {
      if (taken.is_found() && !taken.value().refused_by) state.give_back(all_of(charges, taken.value()));
      done(taken);
    });
  });
}

void AskingState::greylist(GreylistQuestion question, Done<GreylistAnswer> done) {
  question.only_asks = true;
  state_.greylist(std::move(question), std::move(done));
}

void AskingState::note_correspondent(std::string key, std::chrono::seconds lifetime) {
  (void)key;
  (void)lifetime;
}

void AskingState::count_distinct(std::string key, std::string member, std::chrono::seconds period,
                                 std::size_t at_most, Done<std::size_t> done) {
  (void)key;
  (void)member;
  (void)period;
  (void)at_most;
  done(Answer<std::size_t>::found(0));
}

void AskingState::find_mark(std::string key, Done<std::optional<Mark>> done) {
  state_.find_mark(std::move(key), std::move(done));
}

void AskingState::remove_mark(std::string key, Done<bool> done) {
  (void)key;
  done(Answer<bool>::found(false));
}

void AskingState::list_marks(std::string prefix, std::size_t at_most, Done<std::vector<Mark>> done) {
  state_.list_marks(std::move(prefix), at_most, std::move(done));
}

}  // namespace extmail::policyd
