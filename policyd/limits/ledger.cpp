// SPDX-License-Identifier: MIT
#include "policyd/limits/ledger.hpp"

#include "core/printable.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace extmail::policyd {
namespace {

void append(std::vector<Return>& all, std::vector<Return> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

/// What was asked of the state for one request, and for what.
struct Ledger::Request {
  std::uint64_t connection = 0;
  std::uint64_t message = 0;
  Stage stage = Stage::Rcpt;
  std::string recipient;  ///< new with this request; empty: none
  std::vector<Line> lines;
  std::vector<Charge> charges;      ///< one for each line; 0 where nothing is to be added
  std::vector<std::uint64_t> less;  ///< of each line, what is to be given back
};

Ledger::Port* Ledger::port_of(const std::string& name) {
  const auto found = ports_.find(name);
  if (found != ports_.end()) return &found->second;
  return ports_.size() < kMaxPorts ? &ports_[name] : nullptr;
}

void Ledger::note_stage(const Facts& facts) {
  if (facts.stage() == Stage::Rcpt) return;
  Port* const port = port_of(std::string(facts.request().server_port));
  if (port == nullptr) return;
  port->rcpt_only = 0;
  (facts.stage() == Stage::Data ? port->asks_at_data : port->asks_at_end) = true;
}

void Ledger::note_end_at_rcpt(const std::string& name, Port& port) {
  if (++port.rcpt_only != (port.asks_later() ? kGone : kPlain)) return;
  port.asks_at_data = port.asks_at_end = false;
  if (std::exchange(port.is_told, true)) return;
  log_.write(Level::Warning, "limits_at_rcpt_only",
             "Postfix's port " + log_value(name) +
                 " asks at RCPT only, so mail that was given up or refused later is counted too; ask in "
                 "smtpd_end_of_data_restrictions as well, with check_policy_service");
}

void Ledger::finish(const Message& message, std::vector<Return>& returns) {
  Port* const port = port_of(message.port);
  const bool asks_at_end = port != nullptr && port->asks_at_end;
  const bool asks_later = port != nullptr && port->asks_later();
  const bool is_final = message.reached == Stage::EndOfMessage ||
                        (message.reached == Stage::Data && !asks_at_end) || !asks_later;
  if (!is_final) {
    for (const auto& [key, held] : message.held)
      append(returns, held.parts);
  }
  if (message.reached == Stage::Rcpt && port != nullptr) note_end_at_rcpt(message.port, *port);
}

Ledger::Message& Ledger::message_of(const Facts& facts, std::vector<Return>& returns) {
  Message& message = by_connection_[facts.connection()];
  if (message.number != 0 && message.instance == facts.request().instance) return message;
  if (message.number != 0) finish(message, returns);
  message = {};
  message.number = ++messages_;
  message.instance = facts.request().instance;
  message.port = facts.request().server_port;
  return message;
}

std::uint64_t Ledger::target_of(const Line& line, const Facts& facts, const Message& message,
                                bool is_new_recipient) const {
  const auto found = message.held.find(line.key);
  const std::uint64_t held = found == message.held.end() ? 0 : found->second.amount;
  const bool is_rcpt = facts.stage() == Stage::Rcpt;
  switch (line.count) {
    case Limit::Count::Messages:
      return 1;
    case Limit::Count::Bytes:
      return is_rcpt ? std::max(held, facts.size()) : facts.size();
    case Limit::Count::Recipients:
      break;
  }
  if (is_rcpt) return held + (is_new_recipient ? 1 : 0);
  // A message with several recipients names none, so there is no such line; with one it is that.
  if (line.is_of_recipient) return 1;
  return facts.recipient_count() > 0 ? facts.recipient_count() : held;
}

void Ledger::count(const Facts& facts, std::vector<Line> lines, std::function<void(Answer<Outcome>)> done) {
  auto request = std::make_shared<Request>();
  request->connection = facts.connection();
  request->stage = facts.stage();
  request->lines = std::move(lines);
  std::vector<Return> returns;
  {
    const std::lock_guard lock(mutex_);
    note_stage(facts);
    Message& message = message_of(facts, returns);
    request->message = message.number;
    const std::string recipient =
        facts.recipient() ? facts.recipient()->text() : std::string(facts.request().recipient);
    const bool is_new = !message.recipients.contains(recipient);
    if (is_new && message.recipients.size() < kMaxRecipients) request->recipient = recipient;
    for (const Line& line : request->lines) {
      const auto held = message.held.find(line.key);
      const std::uint64_t before = held == message.held.end() ? 0 : held->second.amount;
      const std::uint64_t target = target_of(line, facts, message, is_new);
      request->charges.push_back(
          {line.key, line.window, target > before ? target - before : 0, line.is_enforced});
      request->less.push_back(before > target ? before - target : 0);
    }
  }
  if (!returns.empty()) state_.give_back(std::move(returns));
  state_.take(request->charges, [this, request, done = std::move(done)](const Answer<Taken>& taken) {
    if (!taken.is_found()) return done(Answer<Outcome>::same_failure(taken));
    std::vector<Return> later;
    {
      const std::lock_guard lock(mutex_);
      settle(*request, taken.value(), later);
    }
    if (!later.empty()) state_.give_back(std::move(later));
    done(Answer<Outcome>::found({taken.value().refused_by, taken.value().standings}));
  });
}

void Ledger::settle(const Request& request, const Taken& taken, std::vector<Return>& returns) {
  const auto found = by_connection_.find(request.connection);
  const bool is_there = found != by_connection_.end() && found->second.number == request.message;
  if (taken.refused_by) {
    if (!is_there || request.stage == Stage::Rcpt) return;
    for (const auto& [key, held] : found->second.held)
      append(returns, held.parts);
    found->second.held.clear();
    return;
  }
  for (std::size_t i = 0; i < request.charges.size(); ++i) {
    const Charge& charge = request.charges[i];
    const Return part{charge.key, charge.window.period, taken.standings[i].slot, charge.amount};
    if (!is_there) {
      if (part.amount > 0) returns.push_back(part);
      continue;
    }
    auto& all = found->second.held;
    if (all.size() >= kMaxKeys && !all.contains(charge.key)) continue;
    Held& held = all[charge.key];
    if (part.amount > 0) held.parts.push_back(part);
    held.amount += part.amount;
    for (std::uint64_t less = request.less[i]; less > 0 && !held.parts.empty();) {
      Return& last = held.parts.back();
      const std::uint64_t now = std::min(less, last.amount);
      returns.push_back({last.key, last.period, last.slot, now});
      last.amount -= now;
      held.amount -= now;
      less -= now;
      if (last.amount == 0) held.parts.pop_back();
    }
  }
  if (!is_there) return;
  if (!request.recipient.empty()) found->second.recipients.insert(request.recipient);
  found->second.reached = request.stage;
}

void Ledger::ended(std::uint64_t connection) {
  std::vector<Return> returns;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_connection_.find(connection);
    if (found == by_connection_.end()) return;
    finish(found->second, returns);
    by_connection_.erase(found);
  }
  if (!returns.empty()) state_.give_back(std::move(returns));
}

}  // namespace extmail::policyd
