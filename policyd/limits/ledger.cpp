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
  std::vector<CountedMessage::Wanted> wanted;
};

namespace {

std::vector<Charge> charges_of(const std::vector<CountedMessage::Wanted>& wanted) {
  std::vector<Charge> charges;
  charges.reserve(wanted.size());
  for (const auto& [line, target, more, is_enforced] : wanted)
    charges.push_back({line->key, line->window, more, is_enforced});
  return charges;
}

Ledger::Outcome outcome_of(const std::vector<CountedMessage::Wanted>& wanted, const Taken& taken) {
  CountedLines lines;
  lines.reserve(wanted.size());
  for (const auto& each : wanted)
    lines.push_back(each.line);
  return {std::move(lines), taken.refused_by, taken.standings};
}

}  // namespace

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

void Ledger::count(const Facts& facts, const CountedLines& lines, std::function<void(Answer<Outcome>)> done) {
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
    std::string recipient =
        facts.recipient() ? facts.recipient()->text() : std::string(facts.request().recipient);
    const bool is_new = !message.recipients.contains(recipient);
    if (is_new && message.recipients.size() < kMaxRecipients) request->recipient = std::move(recipient);
    request->wanted = message.wanted(facts, lines, is_new);
  }
  if (!returns.empty()) state_.give_back(std::move(returns));
  if (request->wanted.empty()) {
    {
      const std::lock_guard lock(mutex_);
      std::vector<Return> none;
      settle(*request, {}, none);
    }
    return done(Answer<Outcome>::found({}));
  }
  state_.take(charges_of(request->wanted),
              [this, request, done = std::move(done)](const Answer<Taken>& taken) {
                if (!taken.is_found()) return done(Answer<Outcome>::same_failure(taken));
                std::vector<Return> later;
                {
                  const std::lock_guard lock(mutex_);
                  settle(*request, taken.value(), later);
                }
                if (!later.empty()) state_.give_back(std::move(later));
                done(Answer<Outcome>::found(outcome_of(request->wanted, taken.value())));
              });
}

void Ledger::settle(Request& request, const Taken& taken, std::vector<Return>& returns) {
  CountedMessage* message = book_.find(request.message, request.number);
  // Postfix has asked again meanwhile, because the answer took too long: that request counts.
  if (message != nullptr && message->asked != request.asked) message = nullptr;
  if (taken.refused_by) {
    if (message != nullptr && request.stage != Stage::Rcpt) message->give_back(returns);
    return;
  }
  for (std::size_t i = 0; i < request.wanted.size(); ++i) {
    const auto& [line, target, more, is_enforced] = request.wanted[i];
    const std::int64_t slot = taken.standings[i].slot;
    if (message == nullptr) {
      if (more > 0) returns.push_back({line->key, line->window.period, slot, more});
      continue;
    }
    auto* const held = book_.hold(*message, line);
    if (held == nullptr) continue;
    if (more > 0) held->parts.push_back({slot, more});
    held->amount = target;
    held->keep(message->is_lost ? 0 : held->amount, returns);
  }
  if (message == nullptr) return;
  if (!request.recipient.empty()) message->recipients.insert(std::move(request.recipient));
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
