// SPDX-License-Identifier: MIT
#include "ctl/transfer/progress.hpp"

#include "ctl/output/units.hpp"

#include <algorithm>
#include <ostream>

namespace extmail::ctl::transfer {
namespace {

constexpr std::chrono::milliseconds kInterval{200};
constexpr std::uint64_t kBarCharacters = 24;
constexpr const char* kClearLine = "\r\033[K";

}  // namespace

std::string progress_line(const std::string& what, std::uint64_t done, std::uint64_t total,
                          std::uint64_t rows, std::chrono::milliseconds elapsed) {
  const std::uint64_t all = std::max<std::uint64_t>(total, 1);
  done = std::min(done, all);
  const auto filled = static_cast<std::size_t>(done * kBarCharacters / all);
  const auto milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed.count(), 1));
  std::string line = what + " [" + std::string(filled, '#') + std::string(kBarCharacters - filled, '.') +
                     "] " + std::to_string(done * 100 / all) + "%  " + std::to_string(rows) + " rows, " +
                     std::to_string(rows * 1000 / milliseconds) + " a second";
  if (done > 0) {
    const std::uint64_t seconds_left = (all - done) * milliseconds / done / 1000;
    line += ", " + duration_text(static_cast<double>(seconds_left)) + " left";
  }
  return line;
}

Progress::Progress(std::ostream& terminal, bool is_terminal, std::string what)
    : terminal_(terminal), is_terminal_(is_terminal), what_(std::move(what)) {}

void Progress::clear() {
  if (is_terminal_) terminal_ << kClearLine << std::flush;
}

void Progress::show(std::uint64_t done, std::uint64_t total, std::uint64_t rows) {
  const auto now = Clock::now();
  if (!is_terminal_ || now - shown_ < kInterval) return;
  shown_ = now;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - started_);
  terminal_ << kClearLine << progress_line(what_, done, total, rows, elapsed) << std::flush;
}

}  // namespace extmail::ctl::transfer
