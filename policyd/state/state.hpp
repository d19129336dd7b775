// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace extmail::policyd {

/// No more than `limit` within any `period`. Counts are kept by slots of a 60th of the period (at least a second), so
/// what was counted leaves after the period and at most one slot: never before.
struct Window {
  static constexpr std::int64_t kSlots = 60;

  std::uint64_t limit = 0;
  std::chrono::seconds period{0};

  [[nodiscard]] std::chrono::seconds slot_width() const {
    return std::max(std::chrono::seconds(1), (period + std::chrono::seconds(kSlots - 1)) / kSlots);
  }
};

/// Something to be counted under a key.
struct Charge {
  std::string key;  ///< of one counter; up to kMaxKeyBytes
  Window window;
  std::uint64_t amount = 0;  ///< 0 asks how the counter stands
  bool is_enforced = true;   ///< else it is counted beyond the limit too, and never refused
};

/// How a counter stands after a charge, or without it where that was refused.
struct Standing {
  std::uint64_t used = 0;
  std::int64_t slot = 0;            ///< where the charge was counted: for give_back()
  std::chrono::seconds room_in{0};  ///< until the amount that was asked for will fit; 0 where it fits now
};

struct Taken {
  /// The first enforced charge that did not fit: then nothing at all was counted.
  std::optional<std::size_t> refused_by;
  std::vector<Standing> standings;  ///< one for each charge
};

/// What was counted and turned out not to have happened.
struct Return {
  std::string key;
  std::chrono::seconds period{0};
  std::int64_t slot = 0;
  std::uint64_t amount = 0;
};

/// May a stranger's mail pass? Keys are up to kMaxKeyBytes each.
struct GreylistQuestion {
  std::string triplet;        ///< client network, sender, recipient; empty: only what else is known is asked
  std::string client;         ///< client network; empty: clients are not allow-listed
  std::string sender_domain;  ///< sender domain and client network; empty: likewise
  std::string correspondent;  ///< sender and recipient, as note_correspondent() has them; empty: not asked
  std::chrono::seconds delay{0};     ///< until a triplet may pass
  std::chrono::seconds window{0};    ///< from its first attempt: the latest second one that counts
  std::chrono::seconds lifetime{0};  ///< of what has passed, from when it did so last
  std::uint64_t client_passes = 0;   ///< triplets of a client that pass before it is allow-listed
  std::uint64_t domain_passes = 0;   ///< likewise of a sender domain from a network
  bool only_asks = false;  ///< what the answer would be: nothing is noted, and nothing lives longer by it
};

struct GreylistAnswer {
  enum class By : std::uint8_t { Waiting, Triplet, Client, SenderDomain, Correspondent };
  By by = By::Waiting;
  std::chrono::seconds wait{0};  ///< of Waiting: how much longer
};

/// A mark that was set, such as that a login is held.
struct Mark {
  std::string key;
  std::string text;
  std::chrono::sys_seconds until;
};

/// What policyd remembers of the mail that went before: counters, greylist, marks.
///
/// Every operation is atomic, also between several hosts that share the state.
/// Outcomes: done is called once, with Found, or TemporaryFailure where the state can't be reached in time; at once, or
/// later on another thread. Operations without done are done as soon as may be, and lost with a state that is away.
/// Threads: all members may be called concurrently.
/// Limits: keys, members and texts up to kMaxKeyBytes (the caller shortens them by hashing); a set keeps up to kMaxMembers
/// members; state as a whole by its settings, beyond which what was used longest ago goes first.
class State {
 public:
  static constexpr std::size_t kMaxKeyBytes = 600;
  /// Of one set: a set is searched and saved as a whole, and takes about 100 bytes of memory for each.
  static constexpr std::size_t kMaxMembers = 4096;

  template <typename T>
  using Done = std::function<void(Answer<T>)>;

  virtual ~State() = default;

  /// All charges, or none if an enforced one does not fit.
  virtual void take(std::vector<Charge> charges, Done<Taken> done) = 0;
  virtual void give_back(std::vector<Return> returns) = 0;

  virtual void greylist(GreylistQuestion question, Done<GreylistAnswer> done) = 0;
  /// Mail went out from one to the other: the answer to it is no stranger's.
  virtual void note_correspondent(std::string key, std::chrono::seconds lifetime) = 0;

  /// Notes a member of a set; the answer is how many the set has had within the period, up to at_most.
  virtual void count_distinct(std::string key, std::string member, std::chrono::seconds period,
                              std::size_t at_most, Done<std::size_t> done) = 0;

  /// Replaces a mark of the same key.
  virtual void set_mark(Mark mark) = 0;
  virtual void find_mark(std::string key, Done<std::optional<Mark>> done) = 0;
  /// Whether there was one.
  virtual void remove_mark(std::string key, Done<bool> done) = 0;
  /// Those whose key begins so, up to at_most.
  virtual void list_marks(std::string prefix, std::size_t at_most, Done<std::vector<Mark>> done) = 0;

  struct Statistics {
    std::size_t entries = 0;
    std::size_t bytes = 0;       ///< of memory or, where it is known, of the shared store
    std::uint64_t evicted = 0;   ///< entries that had to go before their time
    std::size_t unsaved = 0;     ///< changes that are not on disk yet
    std::uint64_t failures = 0;  ///< operations that ended with a failure
    bool is_away = false;        ///< its file or server can't be used now
  };
  [[nodiscard]] virtual Statistics statistics() const = 0;
};

}  // namespace extmail::policyd
