// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "core/outcome.hpp"
#include "policyd/facts.hpp"
#include "policyd/limits/limit_settings.hpp"
#include "policyd/state/state.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace extmail::policyd {

/// What each message under way has been counted with, so that it is counted once, as what it turned out to be, and not at all
/// if it never came to be.
///
/// RCPT reserves: a message once, each recipient once, the size that was declared. DATA and END-OF-MESSAGE correct that by the
/// recipients and the size that the message has, and END-OF-MESSAGE makes it final. What is not final when the client begins
/// another message (`instance`), or its smtpd closes the connection, is given back.
/// Where main.cf asks at one stage only, that one counts: nobody would ever make final what RCPT reserved, which is said once
/// for each port of Postfix (limits_at_rcpt_only).
///
/// Threads: all members may be called concurrently; those of one connection one after the other, but ended().
/// Limits: a message's recipients are told apart up to kMaxRecipients, ports up to kMaxPorts. A message is remembered under up
/// to kMaxKeys keys; what is counted beyond stays counted.
class Ledger {
 public:
  static constexpr std::size_t kMaxRecipients = 10'000;
  static constexpr std::size_t kMaxKeys = 20'000;
  static constexpr std::size_t kMaxPorts = 100;
  /// So many messages in a row without a later stage, on a port that never had one, and it is plain that none is asked for;
  static constexpr std::size_t kPlain = 20;
  /// so many where there was one once: clients may give up many messages, but main.cf may have changed too.
  static constexpr std::size_t kGone = 200;

  /// log must outlive the ledger, which hears the state's last answers: it may outlive the state, unused.
  Ledger(State& state, Log& log) : state_(state), log_(log) {}

  /// One counter that a request is counted by.
  struct Line {
    std::string key;  ///< of the state
    Window window;
    Limit::Count count = Limit::Count::Messages;
    bool is_enforced = true;
    bool is_of_recipient = false;  ///< see LimitSubject
  };

  struct Outcome {
    std::optional<std::size_t> refused_by;  ///< a line; nothing of the request was counted then
    std::vector<Standing> standings;        ///< of each line
  };

  /// Counts a request at RCPT, DATA or END-OF-MESSAGE. One that is refused at the latter two gives back all of its message.
  /// done: as State's.
  void count(const Facts& facts, std::vector<Line> lines, std::function<void(Answer<Outcome>)> done);

  void ended(std::uint64_t connection);

 private:
  struct Held {
    std::uint64_t amount = 0;
    std::vector<Return> parts;  ///< of it, by when they were counted
  };
  struct Message {
    std::uint64_t number = 0;  ///< another one for each
    std::string instance;
    std::string port;
    Stage reached = Stage::Rcpt;
    std::set<std::string> recipients;
    std::map<std::string, Held> held;  ///< by key
  };
  struct Port {
    bool asks_at_data = false;
    bool asks_at_end = false;
    bool is_told = false;
    [[nodiscard]] bool asks_later() const { return asks_at_data || asks_at_end; }
    std::size_t rcpt_only = 0;  ///< messages in a row that ended without a later stage
  };
  struct Request;

  [[nodiscard]] Message& message_of(const Facts& facts, std::vector<Return>& returns);
  [[nodiscard]] std::uint64_t target_of(const Line& line, const Facts& facts, const Message& message,
                                        bool is_new_recipient) const;
  void finish(const Message& message, std::vector<Return>& returns);
  void note_end_at_rcpt(const std::string& name, Port& port);
  void settle(const Request& request, const Taken& taken, std::vector<Return>& returns);
  void note_stage(const Facts& facts);
  [[nodiscard]] Port* port_of(const std::string& name);

  State& state_;
  Log& log_;
  std::mutex mutex_;  // guards all below
  std::uint64_t messages_ = 0;
  std::map<std::uint64_t, Message> by_connection_;
  std::map<std::string, Port> ports_;
};

}  // namespace extmail::policyd
