// SPDX-License-Identifier: MIT
#include "policyd/limits/counted_message.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace extmail::policyd {
namespace {

/// Nothing is smaller: a message whose size is not known yet finds out at RCPT that there is no room at all.
constexpr std::uint64_t kLeastBytes = 1;

bool has(const std::vector<CountedLine>& lines, const std::string& key) {
  return std::any_of(lines.begin(), lines.end(), [&](const CountedLine& line) { return line.key == key; });
}

}  // namespace

std::uint64_t CountedMessage::Held::counted() const {
  return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Return& part) { return sum + part.amount; });
}

void CountedMessage::Held::keep(std::uint64_t most, std::vector<Return>& returns) {
  const std::uint64_t all = counted();
  for (std::uint64_t less = all > most ? all - most : 0; less > 0;) {
    Return& last = parts.back();
    const std::uint64_t now = std::min(less, last.amount);
    returns.push_back({last.key, last.period, last.slot, now});
    last.amount -= now;
    less -= now;
    if (last.amount == 0) parts.pop_back();
  }
}

const CountedMessage::Held* CountedMessage::find(const std::string& line_key) const {
  const auto found = held.find(line_key);
  return found == held.end() ? nullptr : &found->second;
}

void CountedMessage::give_back(std::vector<Return>& returns) {
  for (auto& [line_key, each] : held) {
    returns.insert(returns.end(), std::make_move_iterator(each.parts.begin()),
                   std::make_move_iterator(each.parts.end()));
    each.parts.clear();
  }
}

std::uint64_t CountedMessage::target_of(const CountedLine& line, const Facts& facts,
                                        bool is_new_recipient) const {
  const Held* const before = find(line.key);
  const std::uint64_t amount = before != nullptr ? before->amount : 0;
  const bool is_rcpt = facts.stage() == Stage::Rcpt;
  switch (line.count) {
    case Limit::Count::Messages:
      return 1;
    case Limit::Count::Bytes:
      if (facts.stage() == Stage::EndOfMessage) return facts.size();
      return std::max({amount, facts.size(), kLeastBytes});
    case Limit::Count::Recipients:
      break;
  }
  if (is_rcpt) return amount + (is_new_recipient ? 1 : 0);
  // Only a message with one recipient names it.
  if (line.is_of_recipient) return 1;
  return facts.recipient_count() > 0 ? facts.recipient_count() : amount;
}

std::vector<CountedMessage::Wanted> CountedMessage::wanted(const Facts& facts, std::vector<CountedLine> lines,
                                                           bool is_new_recipient) const {
  std::vector<Wanted> all;
  const bool names_all =
      facts.stage() != Stage::Rcpt && facts.recipient_count() == 1 && !facts.request().recipient.empty();
  const bool is_end = facts.stage() == Stage::EndOfMessage;
  for (const auto& [line_key, each] : held) {
    if (has(lines, line_key)) continue;
    if (names_all && each.line.is_of_recipient) {
      all.push_back({each.line, 0});
    } else if (is_end && each.line.is_of_recipient && each.line.count == Limit::Count::Bytes) {
      all.push_back({each.line, facts.size()});
    } else if (each.counted() < each.amount) {
      all.push_back({each.line, each.amount});
      all.back().line.is_enforced = false;  // it had room once, and is not what this request asks for
    }
  }
  std::vector<Wanted> own;
  own.reserve(lines.size() + all.size());
  for (auto& line : lines) {
    const std::uint64_t target = target_of(line, facts, is_new_recipient);
    own.push_back({std::move(line), target});
  }
  std::move(all.begin(), all.end(), std::back_inserter(own));
  return own;
}

}  // namespace extmail::policyd
