// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"

#include <mutex>
#include <string>

namespace extmail::daemon {

/// Writes events as lines `event: text` to standard error. Under systemd each carries its priority
/// (sd-daemon(3)); elsewhere time and level.
///
/// Bytes that are not printable ASCII or UTF-8 text are escaped, and lines are cut at kMaxLineBytes, because
/// much of what is logged was sent by strangers.
class StderrLog final : public Log {
 public:
  static constexpr std::size_t kMaxLineBytes = 2000;

  explicit StderrLog(bool verbose);
  void write(Level level, std::string_view event, std::string_view text) override;

 private:
  const bool verbose_;
  const bool is_journal_;
  std::mutex mutex_;
};

}  // namespace extmail::daemon
