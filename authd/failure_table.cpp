// SPDX-License-Identifier: MIT
#include "authd/failure_table.hpp"

#include <algorithm>
#include <cmath>

namespace extmail::authd {

float Failures::count_at(Time now, std::chrono::seconds half_life) const {
  const std::chrono::duration<float> age(now.time_since_epoch() - Time::duration(counted_at));
  return count * std::exp2(-std::max(0.0F, age.count()) / static_cast<float>(half_life.count()));
}

bool Failures::has_wrong(std::uint64_t digest) const {
  return std::find(wrong.begin(), wrong.end(), digest) != wrong.end();
}

void Failures::add_wrong(std::uint64_t digest) {
  wrong[next_wrong] = digest;
  next_wrong = (next_wrong + 1) % kWrong;
}

FailureTable::FailureTable(std::size_t entries)
    : keys_(std::max<std::size_t>(1, (entries + kWays - 1) / kWays)), entries_(keys_.size()) {}

Failures* FailureTable::find(std::uint64_t key) {
  const std::size_t set = key % keys_.size();
  for (std::size_t way = 0; way < kWays; ++way) {
    if (keys_[set][way] == key) return &entries_[set][way];
  }
  return nullptr;
}

Failures& FailureTable::make(std::uint64_t key, Time now, std::chrono::seconds half_life) {
  if (Failures* known = find(key)) return *known;
  auto& keys = keys_[key % keys_.size()];
  auto& entries = entries_[key % keys_.size()];
  std::size_t chosen = 0;
  float least = 0;
  for (std::size_t way = 0; way < kWays; ++way) {
    const float worth = keys[way] == 0 ? -1 : entries[way].count_at(now, half_life);
    const bool is_older = entries[way].counted_at < entries[chosen].counted_at;
    if (way == 0 || worth < least || (worth == least && is_older)) {
      chosen = way;
      least = worth;
    }
  }
  if (keys[chosen] == 0) ++size_;
  keys[chosen] = key;
  entries[chosen] = {};
  return entries[chosen];
}

void FailureTable::erase(std::uint64_t key) {
  auto& keys = keys_[key % keys_.size()];
  const auto found = std::find(keys.begin(), keys.end(), key);
  if (found == keys.end()) return;
  *found = 0;
  --size_;
}

}  // namespace extmail::authd
