// SPDX-License-Identifier: MIT
#include "policyd/limits/counted_message.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace extmail::policyd {
namespace {

/// Nothing is smaller: a message whose size is not known yet finds out at RCPT that there is no room at all.
constexpr std::uint64_t kLeastBytes = 1;

bool has(const CountedLines& lines, std::string_view key) {
  return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line->key == key; });
}

/// What the line is to count; before is what it has counted so far.
std::uint64_t target_of(const CountedLine& line, const Facts& facts, std::uint64_t before,
                        bool is_new_recipient) {
  const bool is_rcpt = facts.stage() == Stage::Rcpt;
  switch (line.count) {
    case Limit::Count::Messages:
      return 1;
    case Limit::Count::Bytes:
      if (facts.stage() == Stage::EndOfMessage) return facts.size();
      return std::max({before, facts.size(), kLeastBytes});
    case Limit::Count::Recipients:
      break;
  }
  if (is_rcpt) return before + (is_new_recipient ? 1 : 0);
  // Only a message with one recipient names it.
  if (line.is_of_recipient) return 1;
  return facts.recipient_count() > 0 ? facts.recipient_count() : before;
}

CountedMessage::Wanted wanted_of(std::shared_ptr<const CountedLine> line, std::uint64_t target,
                                 std::uint64_t counted, bool is_enforced) {
  return {std::move(line), target, target > counted ? target - counted : 0, is_enforced};
}

}  // namespace

std::uint64_t CountedMessage::Held::counted() const {
  return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Part& part) { return sum + part.amount; });
}

void CountedMessage::Held::keep(std::uint64_t most, std::vector<Return>& returns) {
  const std::uint64_t all = counted();
  for (std::uint64_t less = all > most ? all - most : 0; less > 0;) {
    Part& last = parts.back();
    const std::uint64_t now = std::min(less, last.amount);
    returns.push_back({line->key, line->window.period, last.slot, now});
    last.amount -= now;
    less -= now;
    if (last.amount == 0) parts.pop_back();
  }
}

const CountedMessage::Held* CountedMessage::find(std::string_view line_key) const {
  const auto found = held.find(line_key);
  return found == held.end() ? nullptr : &found->second;
}

void CountedMessage::give_back(std::vector<Return>& returns) {
  for (auto& [line_key, each] : held)
    each.keep(0, returns);
}

std::vector<CountedMessage::Wanted> CountedMessage::wanted(const Facts& facts, const CountedLines& lines,
                                                           bool is_new_recipient) const {
  std::vector<Wanted> all;
  all.reserve(lines.size());
  for (const auto& line : lines) {
    const Held* const before = find(line->key);
    const std::uint64_t amount = before == nullptr ? 0 : before->amount;
    const std::uint64_t counted = before == nullptr ? 0 : before->counted();
    // Not the line that was there before: what is allowed, and what happens beyond it, may be another now.
    all.push_back(
        wanted_of(line, target_of(*line, facts, amount, is_new_recipient), counted, line->is_enforced));
  }
  const bool names_all =
      facts.stage() != Stage::Rcpt && facts.recipient_count() == 1 && !facts.request().recipient.empty();
  const bool is_end = facts.stage() == Stage::EndOfMessage;
  for (const auto& [line_key, each] : held) {
    if (has(lines, line_key)) continue;
    if (names_all && each.line->is_of_recipient) {
      all.push_back(wanted_of(each.line, 0, each.counted(), each.line->is_enforced));
    } else if (is_end && each.line->is_of_recipient && each.line->count == Limit::Count::Bytes) {
      all.push_back(wanted_of(each.line, facts.size(), each.counted(), each.line->is_enforced));
    } else if (each.counted() < each.amount) {
      // It had room once, and is not what this request asks for.
      all.push_back(wanted_of(each.line, each.amount, each.counted(), false));
    }
  }
  return all;
}

}  // namespace extmail::policyd
