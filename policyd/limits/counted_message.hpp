// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/facts.hpp"
#include "policyd/limits/limit_settings.hpp"
#include "policyd/state/state.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::policyd {

/// One counter that a request is counted by. Shared by whoever has to do with it, and never changed.
struct CountedLine {
  std::string key;  ///< of the state
  Window window;
  Limit::Count count = Limit::Count::Messages;
  bool is_enforced = true;
  bool is_of_recipient = false;        ///< see LimitSubject
  std::shared_ptr<const Limit> limit;  ///< what it comes from, and whom it counts: for whoever has to say so
  std::string subject;
};

using CountedLines = std::vector<std::shared_ptr<const CountedLine>>;

/// What one message is counted as, and what of that is counted now.
struct CountedMessage {
  /// What one line counts of it.
  struct Held {
    struct Part {
      std::int64_t slot = 0;  ///< of the state's counter: when it was
      std::uint64_t amount = 0;
    };

    std::shared_ptr<const CountedLine> line;
    std::uint64_t amount = 0;  ///< what the message is counted as
    std::vector<Part> parts;   ///< what is counted now: amount in all, or nothing after a time-out

    [[nodiscard]] std::uint64_t counted() const;
    /// Gives back what is counted beyond so much.
    void keep(std::uint64_t most, std::vector<Return>& returns);
  };

  std::uint64_t number = 0;  ///< another one for each
  std::string key;           ///< MessageBook's
  std::string port;          ///< of Postfix
  std::uint64_t connection = 0;
  std::uint64_t asked = 0;  ///< requests about it so far
  bool is_lost = false;     ///< MessageBook's
  Stage reached = Stage::Rcpt;
  std::set<std::string> recipients;
  std::map<std::string_view, Held> held;  ///< by the line's key, which is the line's own

  [[nodiscard]] const Held* find(std::string_view line_key) const;
  /// Nothing of it is counted any more; what it would be counted as stays known.
  void give_back(std::vector<Return>& returns);

  struct Wanted {
    std::shared_ptr<const CountedLine> line;
    std::uint64_t target = 0;
    std::uint64_t more = 0;    ///< than is counted now
    bool is_enforced = false;  ///< else it is counted beyond the limit too
  };
  /// What each line is to count of this message once the request has passed: the lines of the request, in their order, and
  /// behind them those that it concerns all the same. A message with several recipients names none of them any more, but has a
  /// size for each; with one, the others that RCPT had are none of it. And what a time-out or a lost connection gave back is
  /// to be counted again.
  [[nodiscard]] std::vector<Wanted> wanted(const Facts& facts, const CountedLines& lines,
                                           bool is_new_recipient) const;
};

}  // namespace extmail::policyd
