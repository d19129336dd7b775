// SPDX-License-Identifier: MIT
#include "policyd/limits/message_book.hpp"

#include <iterator>
#include <utility>

namespace extmail::policyd {
namespace {

/// Without an instance all requests of a connection are about one message. No instance has a space.
std::string key_of(const Facts& facts) {
  const auto instance = facts.request().instance;
  return instance.empty() ? "connection " + std::to_string(facts.connection()) : std::string(instance);
}

}  // namespace

CountedMessage& MessageBook::message_of(const Facts& facts, Ended& ended) {
  const std::string key = key_of(facts);
  const std::uint64_t connection = facts.connection();
  const auto current = by_connection_.find(connection);
  if (current != by_connection_.end() && current->second->message.key != key) {
    ended.over.push_back(forget(current->second));
  }
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) {
    active_.emplace_back();
    active_.back().message.number = ++messages_;
    active_.back().message.key = key;
    by_key_[key] = std::prev(active_.end());
  } else {
    const auto entry = known->second;
    if (!entry->message.is_lost) by_connection_.erase(entry->message.connection);
    active_.splice(active_.end(), entry->message.is_lost ? lost_ : active_, entry);
  }
  Entry& entry = active_.back();
  entry.since = clock_.now();
  entry.message.is_lost = false;
  entry.message.connection = connection;
  entry.message.port = facts.request().server_port;
  by_connection_[connection] = std::prev(active_.end());
  return entry.message;
}

void MessageBook::look_after(Ended& ended) {
  const Time now = clock_.now();
  while (!active_.empty() && now - active_.front().since >= kReservedFor)
    lose(active_.begin(), ended);
  while (!lost_.empty() && (now - lost_.front().since >= kLostFor || lost_.size() > kMaxLost))
    forget(lost_.begin());
}

void MessageBook::closed(std::uint64_t connection, Ended& ended) {
  const auto current = by_connection_.find(connection);
  if (current != by_connection_.end()) lose(current->second, ended);
}

CountedMessage* MessageBook::find(std::string_view key, std::uint64_t number) {
  const auto found = by_key_.find(std::string(key));
  if (found == by_key_.end() || found->second->message.number != number) return nullptr;
  return &found->second->message;
}

CountedMessage::Held* MessageBook::hold(CountedMessage& message,
                                        const std::shared_ptr<const CountedLine>& line) {
  const auto found = message.held.find(line->key);
  if (found != message.held.end()) return &found->second;
  while (keys_ >= kMaxKeys && !lost_.empty() && &lost_.front().message != &message)
    forget(lost_.begin());
  if (message.held.size() >= kMaxKeysOfOne || keys_ >= kMaxKeys) return nullptr;
  ++keys_;
  return &message.held.emplace(line->key, CountedMessage::Held{line, 0, {}}).first->second;
}

void MessageBook::lose(Entries::iterator entry, Ended& ended) {
  by_connection_.erase(entry->message.connection);
  lost_.splice(lost_.end(), active_, entry);
  entry->since = clock_.now();
  entry->message.is_lost = true;
  ended.lost.push_back(&entry->message);
}

CountedMessage MessageBook::forget(Entries::iterator entry) {
  CountedMessage message = std::move(entry->message);
  keys_ -= message.held.size();
  by_key_.erase(message.key);
  if (!message.is_lost) by_connection_.erase(message.connection);
  (message.is_lost ? lost_ : active_).erase(entry);
  return message;
}

}  // namespace extmail::policyd
