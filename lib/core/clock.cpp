// SPDX-License-Identifier: MIT
#include "core/clock.hpp"

#include <array>
#include <ctime>

namespace extmail {

std::chrono::steady_clock::time_point SystemClock::now() const {
  return std::chrono::steady_clock::now();
}

std::string SystemClock::today() const {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, sizeof "YYYY-MM-DD" + 8> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d", &local);
  return {text.data(), length};
}

}  // namespace extmail
