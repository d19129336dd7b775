// SPDX-License-Identifier: MIT
#include "policyd/limits/ledger.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace extmail::policyd {

/// What was asked of the state for one request, and for what.
struct Ledger::Request {
  std::string message;
  std::uint64_t number = 0;  ///< of the message
  std::uint64_t asked = 0;   ///< so many requests about the message there were, with this one
  Stage stage = Stage::Rcpt;
  std::string recipient;  ///< new with this request; empty: none
  std::vector<Line> lines;
  std::vector<std::uint64_t> targets;  ///< of each line
  std::vector<Charge> charges;         ///< likewise; 0 where nothing is to be added
};

void Ledger::settle_ended(MessageBook::Ended ended, std::vector<Return>& returns) {
  for (auto& message : ended.over) {
    // What was lost before was noted then.
    if (!stages_.is_final(message.port, message.reached)) message.give_back(returns);
    stages_.note_end(message.port, message.reached);
  }
  for (auto* message : ended.lost) {
    if (!stages_.is_final(message->port, message->reached)) message->give_back(returns);
    stages_.note_end(message->port, message->reached);
  }
}

void Ledger::count(const Facts& facts, std::vector<Line> lines, std::function<void(Answer<Outcome>)> done) {
  auto request = std::make_shared<Request>();
  request->stage = facts.stage();
  std::vector<Return> returns;
  {
    const std::lock_guard lock(mutex_);
    stages_.note(facts);
    MessageBook::Ended ended;
    book_.look_after(ended);
    settle_ended(std::exchange(ended, {}), returns);
    CountedMessage& message = book_.message_of(facts, ended);
    settle_ended(std::move(ended), returns);
    request->message = message.key;
    request->number = message.number;
    request->asked = ++message.asked;
    const std::string recipient =
        facts.recipient() ? facts.recipient()->text() : std::string(facts.request().recipient);
    const bool is_new = !message.recipients.contains(recipient);
    if (is_new && message.recipients.size() < kMaxRecipients) request->recipient = recipient;
    for (auto& [line, target] : message.wanted(facts, std::move(lines), is_new)) {
      const auto* const held = message.find(line.key);
      const std::uint64_t counted = held == nullptr ? 0 : held->counted();
      request->charges.push_back(
          {line.key, line.window, target > counted ? target - counted : 0, line.is_enforced});
      request->targets.push_back(target);
      request->lines.push_back(std::move(line));
    }
  }
  if (!returns.empty()) state_.give_back(std::move(returns));
  if (request->charges.empty()) {
    {
      const std::lock_guard lock(mutex_);
      std::vector<Return> none;
      settle(*request, {}, none);
    }
    return done(Answer<Outcome>::found({}));
  }
  state_.take(request->charges, [this, request, done = std::move(done)](const Answer<Taken>& taken) {
    if (!taken.is_found()) return done(Answer<Outcome>::same_failure(taken));
    std::vector<Return> later;
    {
      const std::lock_guard lock(mutex_);
      settle(*request, taken.value(), later);
    }
    if (!later.empty()) state_.give_back(std::move(later));
    done(Answer<Outcome>::found(
        {std::move(request->lines), taken.value().refused_by, taken.value().standings}));
  });
}

void Ledger::settle(const Request& request, const Taken& taken, std::vector<Return>& returns) {
  CountedMessage* message = book_.find(request.message, request.number);
  // Postfix has asked again meanwhile, because the answer took too long: that request counts.
  if (message != nullptr && message->asked != request.asked) message = nullptr;
  if (taken.refused_by) {
    if (message != nullptr && request.stage != Stage::Rcpt) message->give_back(returns);
    return;
  }
  for (std::size_t i = 0; i < request.charges.size(); ++i) {
    const Charge& charge = request.charges[i];
    Return part{charge.key, charge.window.period, taken.standings[i].slot, charge.amount};
    if (message == nullptr) {
      if (part.amount > 0) returns.push_back(std::move(part));
      continue;
    }
    auto* const held = book_.hold(*message, request.lines[i]);
    if (held == nullptr) continue;
    if (part.amount > 0) held->parts.push_back(std::move(part));
    held->amount = request.targets[i];
    held->keep(message->is_lost ? 0 : held->amount, returns);
  }
  if (message == nullptr) return;
  if (!request.recipient.empty()) message->recipients.insert(request.recipient);
  if (!message->is_lost) message->reached = std::max(message->reached, request.stage);
}

void Ledger::ended(std::uint64_t connection) {
  std::vector<Return> returns;
  {
    const std::lock_guard lock(mutex_);
    MessageBook::Ended ended;
    book_.look_after(ended);
    settle_ended(std::exchange(ended, {}), returns);
    book_.closed(connection, ended);
    settle_ended(std::move(ended), returns);
  }
  if (!returns.empty()) state_.give_back(std::move(returns));
}

std::size_t Ledger::messages() const {
  const std::lock_guard lock(mutex_);
  return book_.size();
}

}  // namespace extmail::policyd
