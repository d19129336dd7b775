// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace extmail::ctl::transfer {

/// A bar on a terminal, with how fast it goes and how long it will take; nothing anywhere else.
class Progress {
 public:
  /// what: "checking", "writing".
  Progress(std::ostream& terminal, bool is_terminal, std::string what);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  /// Of the work, and how many rows that was. Shown some times a second at most.
  void show(std::uint64_t done, std::uint64_t total, std::uint64_t rows);

  /// So that something else may be written there.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& terminal_;
  bool is_terminal_;
  std::string what_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point shown_ = {};
};

/// The line that a bar is, without its end.
[[nodiscard]] std::string progress_line(const std::string& what, std::uint64_t done, std::uint64_t total,
                                        std::uint64_t rows, std::chrono::milliseconds elapsed);

}  // namespace extmail::ctl::transfer
