// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

#include <unistd.h>

namespace extmail::daemon {

/// Writes events as lines `event: text` to standard error. Under systemd each carries its priority
/// (sd-daemon(3)); elsewhere time and level.
///
/// Bytes that are not printable ASCII or UTF-8 text are escaped, and lines are cut at kMaxLineBytes, because
/// much of what is logged was sent by strangers.
/// Threads: write() may be called concurrently and does not wait: a thread of the log's own writes, kGather after the first
/// line, what has come together, and the rest at its end.
/// Limits: kMaxWaitingBytes wait for a reader that takes nothing; further lines are lost, and how many is logged
/// (log_lost) when it goes on.
class StderrLog final : public Log {
 public:
  static constexpr std::size_t kMaxLineBytes = 2000;
  static constexpr std::size_t kMaxWaitingBytes = 1 << 20;
  static constexpr std::chrono::milliseconds kGather{2};

  /// To another descriptor, for tests.
  explicit StderrLog(bool verbose, int descriptor = STDERR_FILENO);
  ~StderrLog() override;
  StderrLog(const StderrLog&) = delete;
  StderrLog& operator=(const StderrLog&) = delete;

  void write(Level level, std::string_view event, std::string_view text) override;
  [[nodiscard]] bool takes(Level level) const override { return level != Level::Debug || verbose_; }

 private:
  [[nodiscard]] std::string line(Level level, std::string_view event, std::string_view text) const;
  void run();
  void write_all(std::string_view text) const;

  const bool verbose_;
  const bool is_journal_;
  const int descriptor_;

  std::mutex mutex_;  // guards all below but the thread
  std::condition_variable has_lines_;
  std::string waiting_;
  std::size_t lost_ = 0;
  bool is_awake_ = false;  // the writer will come without being called
  bool is_stopping_ = false;
  std::thread writer_;
};

}  // namespace extmail::daemon
