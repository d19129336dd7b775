// SPDX-License-Identifier: MIT
#include "daemon/stderr_log.hpp"

#include "core/printable.hpp"

#include <cstdlib>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

namespace extmail::daemon {
namespace {

int priority(Level level) {
  switch (level) {
    case Level::Error:
      return 3;
    case Level::Warning:
      return 4;
    case Level::Notice:
      return 5;
    case Level::Info:
      return 6;
    case Level::Debug:
      return 7;
  }
  return 3;
}

std::string_view name(Level level) {
  switch (level) {
    case Level::Error:
      return "error";
    case Level::Warning:
      return "warning";
    case Level::Notice:
      return "notice";
    case Level::Info:
      return "info";
    case Level::Debug:
      return "debug";
  }
  return "error";
}

}  // namespace

StderrLog::StderrLog(bool verbose)
    : verbose_(verbose), is_journal_(std::getenv("JOURNAL_STREAM") != nullptr) {}

void StderrLog::write(Level level, std::string_view event, std::string_view text) {
  if (level == Level::Debug && !verbose_) return;
  const std::string line =
      is_journal_ ? fmt::format("<{}>{}: {}\n", priority(level), event, printable(text, kMaxLineBytes))
                  : fmt::format("{:%Y-%m-%d %H:%M:%S} {}: {}: {}\n", fmt::localtime(std::time(nullptr)),
                                name(level), event, printable(text, kMaxLineBytes));
  const std::lock_guard lock(mutex_);
  // One write, so that lines of several threads stay whole. Nothing can be done about a log that takes
  // nothing.
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

}  // namespace extmail::daemon
