// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <thread>

namespace extmail::tests {

/// Until it holds; a condition that never does is false after a minute.
template <typename Condition>
[[nodiscard]] bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace extmail::tests
