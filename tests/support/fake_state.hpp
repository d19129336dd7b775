// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/state/state.hpp"
#include "support/fake_directory.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace extmail::tests {

/// The state as lists that are searched from end to end: slow, and obviously right. Answers at once, on the caller's
/// thread; for one thread.
class FakeState final : public policyd::State {
 public:
  explicit FakeState(const FakeClock& clock) : clock_(clock) {}

  /// From now on no question can be answered, and nothing is noted.
  void fail(bool fails) { fails_ = fails; }

  /// What marks end by; begins at an arbitrary day.
  [[nodiscard]] std::chrono::sys_seconds wall_time() const;

  void take(std::vector<policyd::Charge> charges, Done<policyd::Taken> done) override;
  void give_back(std::vector<policyd::Return> returns) override;
  void greylist(policyd::GreylistQuestion question, Done<policyd::GreylistAnswer> done) override;
  void note_correspondent(std::string key, std::chrono::seconds lifetime) override;
  void count_distinct(std::string key, std::string member, std::chrono::seconds period, std::size_t at_most,
                      Done<std::size_t> done) override;
  void set_mark(policyd::Mark mark) override;
  void find_mark(std::string key, Done<std::optional<policyd::Mark>> done) override;
  void remove_mark(std::string key, Done<bool> done) override;
  void list_marks(std::string prefix, std::size_t at_most, Done<std::vector<policyd::Mark>> done) override;
  [[nodiscard]] Statistics statistics() const override;

 private:
  struct Counted {
    std::int64_t slot;
    std::uint64_t amount;
  };
  struct Triplet {
    Time first;
    std::optional<Time> last_pass;
  };
  struct Passes {
    std::uint64_t number = 0;
    Time last;
  };

  template <typename T>
  bool refuse(const Done<T>& done) const;
  [[nodiscard]] policyd::Standing standing(const policyd::Charge& charge) const;
  [[nodiscard]] policyd::GreylistAnswer pass_triplet(const policyd::GreylistQuestion& question);
  bool is_allow_listed(const std::string& key, std::uint64_t passes,
                       const policyd::GreylistQuestion& question);

  const FakeClock& clock_;
  bool fails_ = false;
  std::map<std::string, std::vector<Counted>> counters_;
  std::map<std::string, Triplet> triplets_;
  std::map<std::string, Passes> passes_;
  std::map<std::string, Time> correspondents_;
  std::map<std::string, std::map<std::string, Time>> sets_;
  std::map<std::string, policyd::Mark> marks_;
};

}  // namespace extmail::tests
