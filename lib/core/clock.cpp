// SPDX-License-Identifier: MIT
#include "core/clock.hpp"

#include <array>
#include <ctime>

namespace extmail {

std::chrono::steady_clock::time_point SystemClock::now() const {
  return std::chrono::steady_clock::now();
}

std::string SystemClock::today() const {
  // Asked for with every lookup, and to make it takes a good part of one.
  struct Day {
    std::time_t at = -1;
    std::string text;
  };
  thread_local Day day;
  const std::time_t now = std::time(nullptr);
  if (day.at == now) return day.text;
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, sizeof "YYYY-MM-DD" + 8> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d", &local);
  day.text.assign(text.data(), length);
  day.at = now;
  return day.text;
}

}  // namespace extmail
