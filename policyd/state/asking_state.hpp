// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/state/state.hpp"

namespace extmail::policyd {

/// Another state as it would answer: nothing is counted or noted, nor lives longer because it was asked for.
///
/// Members of sets are not asked for: whatever the set, it has had none.
/// Outcomes, threads and limits as the other state, which must outlive it.
class AskingState final : public State {
 public:
  explicit AskingState(State& state) : state_(state) {}

  void take(std::vector<Charge> charges, Done<Taken> done) override;
  void give_back(std::vector<Return> returns) override { (void)returns; }

  void greylist(GreylistQuestion question, Done<GreylistAnswer> done) override;
  void note_correspondent(std::string key, std::chrono::seconds lifetime) override;

  void count_distinct(std::string key, std::string member, std::chrono::seconds period, std::size_t at_most,
                      Done<std::size_t> done) override;

  void set_mark(Mark mark) override { (void)mark; }
  void find_mark(std::string key, Done<std::optional<Mark>> done) override;
  void remove_mark(std::string key, Done<bool> done) override;
  void list_marks(std::string prefix, std::size_t at_most, Done<std::vector<Mark>> done) override;

  [[nodiscard]] Statistics statistics() const override { return state_.statistics(); }

 private:
  State& state_;
};

}  // namespace extmail::policyd
