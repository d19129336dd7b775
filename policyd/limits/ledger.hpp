// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/outcome.hpp"
#include "policyd/facts.hpp"
#include "policyd/limits/asked_stages.hpp"
#include "policyd/limits/counted_message.hpp"
#include "policyd/limits/message_book.hpp"
#include "policyd/state/state.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace extmail::policyd {

/// What each message under way has been counted with, so that it is counted once, as what it turned out to be, and not at all
/// if it never came to be.
///
/// RCPT reserves: a message once, each recipient once, the size that was declared. DATA and END-OF-MESSAGE correct that by the
/// recipients and the size that the message has, and END-OF-MESSAGE makes it final. What is not final when the message is over
/// or lost (see MessageBook) is given back. A request that Postfix repeats on another connection counts once, and a message
/// that was lost too early is counted again, as a whole, with the next request about it.
/// Where main.cf asks at one stage only, that one counts: see AskedStages.
///
/// Time-outs are looked for with each request and each connection that ends.
/// Threads: all members may be called concurrently; those of one connection one after the other, but ended().
/// Limits: a message's recipients are told apart up to kMaxRecipients. What is counted beyond MessageBook's limits stays
/// counted.
class Ledger {
 public:
  static constexpr std::size_t kMaxRecipients = 10'000;

  /// clock and log must outlive the ledger, which hears the state's last answers: it may outlive the state, unused.
  Ledger(State& state, const Clock& clock, Log& log) : state_(state), book_(clock), stages_(log) {}

  struct Outcome {
    CountedLines lines;  ///< those of the request, then what else of its message was concerned
    std::optional<std::size_t> refused_by;  ///< a line; nothing of the request was counted then
    std::vector<Standing> standings;        ///< of each line
  };

  /// Counts a request at RCPT, DATA or END-OF-MESSAGE. One that is refused at the latter two gives back all of its message.
  /// done: as State's.
  void count(const Facts& facts, const CountedLines& lines, std::function<void(Answer<Outcome>)> done);

  /// Postfix has closed a connection.
  void ended(std::uint64_t connection);

  /// Messages that are known now, over or not.
  [[nodiscard]] std::size_t messages() const;

 private:
  struct Request;

  void settle_ended(MessageBook::Ended ended, std::vector<Return>& returns);
  void settle(Request& request, const Taken& taken, std::vector<Return>& returns);

  State& state_;
  mutable std::mutex mutex_;  // guards all below
  MessageBook book_;
  AskedStages stages_;
};

}  // namespace extmail::policyd
