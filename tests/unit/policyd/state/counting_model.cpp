// SPDX-License-Identifier: MIT
#include "state_contract.hpp"
#include "support/catch.hpp"
#include "support/generator.hpp"

#include <future>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace extmail::tests {
namespace {

using namespace policyd;
using std::chrono::seconds;

struct Event {
  seconds at;
  std::int64_t slot;
  std::uint64_t amount;
};

/// One counter, and all that happened to it.
class History {
 public:
  History(StateFixture& fixture, Generator& generator, std::string key)
      : fixture_(fixture), generator_(generator), key_(std::move(key)) {
    constexpr std::int64_t kPeriods[] = {1, 7, 59, 60, 61, 90, 600, 3600, 86'400};
    window_ = {1 + generator_.below(8), seconds(kPeriods[generator_.below(std::size(kPeriods))])};
  }

  void run() {
    constexpr std::size_t kMostSteps = 24;
    for (auto left = 1 + generator_.below(kMostSteps); left > 0; --left) {
      switch (generator_.below(4)) {
        case 0:
          advance(seconds(generator_.below(static_cast<std::size_t>(window_.period.count()) * 3 / 2 + 2)));
          break;
        case 1:
          give_back();
          break;
        default:
          take(generator_.below(window_.limit + 2));
      }
    }
  }

 private:
  void advance(seconds by) {
    fixture_.advance(by);
    now_ += by;
  }

  Taken ask(std::uint64_t amount) {
    std::promise<Answer<Taken>> promise;
    auto future = promise.get_future();
    fixture_.state().take({{key_, window_, amount, true}},
                          [&](Answer<Taken> answer) { promise.set_value(std::move(answer)); });
    auto answer = future.get();
    if (!answer.is_found()) FAIL(answer.reason());
    return std::move(answer).value();
  }

  void take(std::uint64_t amount) {
    const auto taken = ask(amount);
    const std::uint64_t least = counted(seconds(0));
    const std::uint64_t most = counted(window_.slot_width());
    const auto& standing = taken.standings.at(0);
    const std::uint64_t before = taken.refused_by ? standing.used : standing.used - amount;
    if (before < least || before > most) fail("counts " + std::to_string(before), amount);
    if (!taken.refused_by) {
      if (amount > 0 && least + amount > window_.limit) fail("let pass", amount);
      if (amount > 0) events_.push_back({now_, standing.slot, amount});
      return;
    }
    if (most + amount <= window_.limit) fail("refused", amount);
    if (amount > window_.limit || generator_.below(2) == 0) return;
    advance(standing.room_in);
    if (standing.room_in <= seconds(0) || ask(amount).refused_by) fail("has no room when it said so", amount);
    events_.push_back({now_, ask(0).standings.at(0).slot, amount});
  }

  void give_back() {
    if (events_.empty()) return;
    auto& event = events_[generator_.below(events_.size())];
    const std::uint64_t amount = generator_.below(event.amount + 1);
    fixture_.state().give_back({{key_, window_.period, event.slot, amount}});
    event.amount -= amount;
  }

  /// What happened within a period and that much.
  [[nodiscard]] std::uint64_t counted(seconds slack) const {
    std::uint64_t sum = 0;
    for (const auto& event : events_)
      if (now_ < event.at + window_.period + slack) sum += event.amount;
    return sum;
  }

  void fail(const std::string& what, std::uint64_t amount) const {
    FAIL(key_ << " of " << window_.limit << " in " << window_.period.count() << " s " << what << " at "
              << now_.count() << " asked for " << amount << ", with " << counted(seconds(0)) << " to "
              << counted(window_.slot_width()));
  }

  StateFixture& fixture_;
  Generator& generator_;
  const std::string key_;
  Window window_;
  seconds now_{0};
  std::vector<Event> events_;
};

}  // namespace

void check_counting(StateFixture& fixture, std::uint32_t seed, std::size_t histories) {
  Generator generator(seed);
  for (std::size_t i = 0; i < histories; ++i)
    History(fixture, generator, "history " + std::to_string(i)).run();
}

}  // namespace extmail::tests
