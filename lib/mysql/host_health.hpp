// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace extmail::mysql {

/// Which of several servers to try, from how they did so far. Earlier ones are preferred.
///
/// A server that failed is left alone for a pause that doubles from kFirstPause to kLongestPause with each failure,
/// unless there is no other. One that is taken and fails again within kProbation has not recovered: its pauses go on
/// growing, so that a server that greets everybody and serves nobody is not taken again and again. One caller at a time
/// tries a server that failed; the others leave it alone meanwhile.
/// Threads: one at a time.
class HostHealth {
 public:
  static constexpr std::chrono::milliseconds kFirstPause{500};
  static constexpr std::chrono::seconds kLongestPause{60};
  static constexpr std::chrono::seconds kProbation{60};

  /// trial_time: a trial that has told neither success nor failure by then is not waited for any more.
  HostHealth(std::size_t hosts, Time::duration trial_time) : hosts_(hosts), trial_time_(trial_time) {}

  /// The servers by number, in the order in which the caller should try them now; the last ones for want of others.
  [[nodiscard]] std::vector<std::size_t> take_order(Time now);
  /// The same for those alone that are preferred to the active one and may be tried now.
  [[nodiscard]] std::vector<std::size_t> take_better(Time now);
  /// Whether take_better() would name any.
  [[nodiscard]] bool may_be_bettered(Time now) const;

  /// It answers: this server is the active one now.
  void succeeded(std::size_t host, Time now);
  /// Several who find out about one failure at the same time are one failure.
  void failed(std::size_t host, Time now);

  /// The one that is asked; the first until one succeeded.
  [[nodiscard]] std::size_t active() const { return active_; }
  /// How often another one than before became active.
  [[nodiscard]] std::uint64_t switches() const { return switches_; }

  struct Host {
    bool is_well = true;         ///< for all we know: the last attempt succeeded, or there was none
    std::uint64_t failures = 0;  ///< since the start
    std::uint64_t failed_in_row = 0;
    Time retry_at;
    Time well_since;
    bool is_being_tried = false;
  };
  [[nodiscard]] const std::vector<Host>& hosts() const { return hosts_; }

 private:
  [[nodiscard]] bool may_be_tried(std::size_t host, Time now) const;
  void note_trial(std::size_t host, Time now);

  std::vector<Host> hosts_;
  const Time::duration trial_time_;
  std::size_t active_ = 0;
  std::uint64_t switches_ = 0;
};

}  // namespace extmail::mysql
