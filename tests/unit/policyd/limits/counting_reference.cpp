// SPDX-License-Identifier: MIT
#include "counting_reference.hpp"

#include <algorithm>

namespace extmail::tests {
namespace {

using policyd::Limit;
using Stage = CountedRequest::Stage;

constexpr std::chrono::minutes kReservedFor{30};
constexpr std::chrono::minutes kLostFor{60};

}  // namespace

void CountingReference::end(Message& message, Message::Life life, Minutes now) const {
  const bool is_final = message.reached == Stage::End || (!asks_at_data_ && !asks_at_end_) ||
                        (message.reached == Stage::Data && !asks_at_end_);
  if (!is_final) {
    for (auto& [key, each] : message.amounts)
      each.counted = 0;
  }
  message.life = life;
  message.since = now;
}

void CountingReference::look_after(Minutes now) {
  for (auto& message : messages_) {
    const auto age = now - message.since;
    if (message.life == Message::Life::Lost && age >= kLostFor) message.life = Message::Life::Over;
    if (message.life == Message::Life::Active && age >= kReservedFor) end(message, Message::Life::Lost, now);
  }
}

CountingReference::Message& CountingReference::message_of(const CountedRequest& request, Minutes now) {
  Message* known = nullptr;
  for (auto& message : messages_) {
    if (message.life == Message::Life::Over) continue;
    if (message.instance == request.instance) known = &message;
    const bool is_left = message.life == Message::Life::Active && message.connection == request.connection;
    if (is_left && message.instance != request.instance) end(message, Message::Life::Over, now);
  }
  if (known == nullptr) {
    known = &messages_.emplace_back();
    known->instance = request.instance;
  }
  known->life = Message::Life::Active;
  known->since = now;
  known->connection = request.connection;
  return *known;
}

bool CountingReference::ask(const CountedRequest& request, Minutes now) {
  if (request.stage == Stage::Data) asks_at_data_ = true;
  if (request.stage == Stage::End) asks_at_end_ = true;
  look_after(now);
  Message& message = message_of(request, now);
  const bool is_new = !message.recipients.contains(request.recipient);

  std::map<std::string, std::uint64_t> targets;
  std::set<std::string> enforced;
  for (const auto& [key, line] : request.lines) {
    const std::uint64_t before = message.amounts.contains(key) ? message.amounts.at(key).amount : 0;
    enforced.insert(key);
    if (line.count == Limit::Count::Messages) {
      targets[key] = 1;
    } else if (line.count == Limit::Count::Bytes) {
      targets[key] =
          request.stage == Stage::End ? request.size : std::max<std::uint64_t>({before, request.size, 1});
    } else if (request.stage == Stage::Rcpt) {
      targets[key] = before + (is_new ? 1 : 0);
    } else {
      targets[key] = line.is_of_recipient ? 1 : request.recipients;
    }
  }
  for (const auto& [key, each] : message.amounts) {
    if (request.lines.contains(key)) continue;
    targets[key] = each.amount;
    if (!each.line.is_of_recipient || request.stage == Stage::Rcpt) continue;
    if (request.recipients == 1) {
      targets[key] = 0;
    } else if (request.stage == Stage::End && each.line.count == Limit::Count::Bytes) {
      targets[key] = request.size;
      enforced.insert(key);
    }
  }

  for (const auto& [key, target] : targets) {
    const bool is_known = message.amounts.contains(key);
    const std::uint64_t counted = is_known ? message.amounts.at(key).counted : 0;
    const bool is_asked = request.lines.contains(key);
    const std::uint64_t limit = (is_asked ? request.lines.at(key) : message.amounts.at(key).line).limit;
    if (target <= counted || !enforced.contains(key) || used(key) - counted + target <= limit) continue;
    if (request.stage == Stage::Rcpt) return false;
    for (auto& [own, each] : message.amounts)
      each.counted = 0;
    return false;
  }
  for (const auto& [key, target] : targets) {
    if (!message.amounts.contains(key)) message.amounts[key].line = request.lines.at(key);
    message.amounts[key].amount = message.amounts[key].counted = target;
  }
  message.recipients.insert(request.recipient);
  message.reached = std::max(message.reached, request.stage);
  return true;
}

void CountingReference::closed(std::uint64_t connection, Minutes now) {
  look_after(now);
  for (auto& message : messages_) {
    if (message.life == Message::Life::Active && message.connection == connection)
      end(message, Message::Life::Lost, now);
  }
}

std::uint64_t CountingReference::used(const std::string& key) const {
  std::uint64_t all = 0;
  for (const auto& message : messages_) {
    const auto found = message.amounts.find(key);
    if (found != message.amounts.end()) all += found->second.counted;
  }
  return all;
}

}  // namespace extmail::tests
