// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/state/local_table.hpp"
#include "policyd/state/own_time.hpp"
#include "policyd/state/state.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace extmail::policyd {

/// The state in this process' memory; Journal keeps a copy on disk.
///
/// Outcomes: done is called before the operation returns, with Found. A key or member longer than kMaxKeyBytes throws
/// std::length_error.
/// Time: see OwnTime. Of marks, how long they last counts, by the clock that their callers read (wall).
/// Limits: max_bytes; marks have no privilege when room is short.
class LocalState final : public State {
 public:
  using Wall = std::function<std::chrono::system_clock::time_point()>;

  /// clock must outlive it. Unless is_saved, take_changes() has none.
  LocalState(
      std::size_t max_bytes, bool is_saved, const Clock& clock,
      Wall wall = [] { return std::chrono::system_clock::now(); });

  void take(std::vector<Charge> charges, Done<Taken> done) override;
  void give_back(std::vector<Return> returns) override;
  void greylist(GreylistQuestion question, Done<GreylistAnswer> done) override;
  void note_correspondent(std::string key, std::chrono::seconds lifetime) override;
  void count_distinct(std::string key, std::string member, std::chrono::seconds period, std::size_t at_most,
                      Done<std::size_t> done) override;
  void set_mark(Mark mark) override;
  void find_mark(std::string key, Done<std::optional<Mark>> done) override;
  void remove_mark(std::string key, Done<bool> done) override;
  void list_marks(std::string prefix, std::size_t at_most, Done<std::vector<Mark>> done) override;
  /// Without what the Journal knows: is_away, failures.
  [[nodiscard]] Statistics statistics() const override;

  // For the journal.
  [[nodiscard]] StateTime now() const { return time_.now(); }
  [[nodiscard]] std::vector<Change> take_changes(std::size_t at_most);
  void change_all();
  [[nodiscard]] bool has_lost_removals() const;
  /// An entry that was saved at a time that reads so: if that is yet to come, the clock went back meanwhile, and the
  /// entry is taken as if no time had passed. Else counters would stand still until the old time is reached again.
  /// False where it is over, or no entry.
  bool restore(Change saved, StateTime saved_at);

 private:
  [[nodiscard]] Taken take_locked(const std::vector<Charge>& charges);
  [[nodiscard]] GreylistAnswer greylist_locked(const GreylistQuestion& question);
  [[nodiscard]] GreylistAnswer pass_triplet(const GreylistQuestion& question, StateTime now);
  [[nodiscard]] bool is_allow_listed(const std::string& client, std::uint64_t passes,
                                     const GreylistQuestion& question, StateTime now);
  void note_pass(const std::string& client, std::chrono::seconds lifetime, StateTime now);
  [[nodiscard]] std::size_t count_locked(std::string key, std::string member, std::chrono::seconds period,
                                         std::size_t at_most);

  const OwnTime time_;
  const Wall wall_;
  mutable std::mutex mutex_;
  LocalTable table_;
};

}  // namespace extmail::policyd
