// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "policyd/facts.hpp"
#include "policyd/limits/counted_message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace extmail::policyd {

/// Which messages are under way: found by `instance`, which Postfix gives each of its own, not by the connection, because
/// Postfix asks once more on another one where it lost the first, and may have several for different settings.
///
/// A message is over when the connection that asked about it last asks about another one. It is lost when that connection
/// closes, or nobody asked about it for kReservedFor: Postfix may come again, so it stays known for a while.
/// Threads: none; the caller locks.
/// Limits: lost messages up to kMaxLost, counters of all messages up to kMaxKeys, of one up to kMaxKeysOfOne.
class MessageBook {
 public:
  /// Longer than anybody types in, shorter than a limit's period mostly is; a message that takes longer loses nothing by it.
  static constexpr std::chrono::minutes kReservedFor{30};
  /// Postfix asks again within its smtpd_policy_service_timeout (100 s) and a second or two; a slow message, at its end.
  static constexpr std::chrono::minutes kLostFor{60};
  static constexpr std::size_t kMaxLost = 10'000;
  static constexpr std::size_t kMaxKeys = 500'000;
  static constexpr std::size_t kMaxKeysOfOne = 20'000;

  /// clock must outlive the book.
  explicit MessageBook(const Clock& clock) : clock_(clock) {}

  /// What ended meanwhile.
  struct Ended {
    std::vector<CountedMessage> over;   ///< and forgotten
    std::vector<CountedMessage*> lost;  ///< valid until the next call
  };

  /// The message that a request is about, from now on asked about by the request's connection. What this ends joins ended.
  CountedMessage& message_of(const Facts& facts, Ended& ended);
  /// Those whose time is over join ended.
  void look_after(Ended& ended);
  void closed(std::uint64_t connection, Ended& ended);

  /// Null where it is over, or was forgotten.
  [[nodiscard]] CountedMessage* find(std::string_view key, std::uint64_t number);
  /// Where to note what a line counts of a message of this book; null beyond the limits.
  [[nodiscard]] CountedMessage::Held* hold(CountedMessage& message,
                                           const std::shared_ptr<const CountedLine>& line);

  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  struct Entry {
    CountedMessage message;
    Time since{};  ///< it was asked about or, in lost_, since it is there
  };
  using Entries = std::list<Entry>;

  void lose(Entries::iterator entry, Ended& ended);
  CountedMessage forget(Entries::iterator entry);

  const Clock& clock_;
  std::uint64_t messages_ = 0;
  std::size_t keys_ = 0;
  Entries active_;  // both: the one that waits for longest is first
  Entries lost_;
  std::unordered_map<std::string, Entries::iterator> by_key_;
  std::unordered_map<std::uint64_t, Entries::iterator> by_connection_;  // active ones
};

}  // namespace extmail::policyd
