// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::tests {

/// Keeps what was logged, as lines `event: text`.
class RecordingLog final : public Log {
 public:
  void write(Level, std::string_view event, std::string_view text) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::string(event) + ": " + std::string(text));
  }

  [[nodiscard]] bool has(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(lines_.begin(), lines_.end(),
                       [&](const auto& line) { return line.find(part) != std::string::npos; });
  }

  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  /// How many lines begin so.
  [[nodiscard]] std::ptrdiff_t count(std::string_view beginning) const {
    const std::lock_guard lock(mutex_);
    return std::count_if(lines_.begin(), lines_.end(),
                         [&](const auto& line) { return line.rfind(beginning, 0) == 0; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace extmail::tests
