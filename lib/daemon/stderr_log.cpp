// SPDX-License-Identifier: MIT
#include "daemon/stderr_log.hpp"

#include "core/printable.hpp"

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

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

/// `YYYY-MM-DD HH:MM:SS`, made once a second: a busy daemon has thousands of lines in one.
const std::string& local_time() {
  struct Second {
    std::time_t at = -1;
    std::string text;
  };
  thread_local Second second;
  const std::time_t now = std::time(nullptr);
  if (now != second.at) second = {now, fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(now))};
  return second.text;
}

}  // namespace

StderrLog::StderrLog(bool verbose, int descriptor)
    : verbose_(verbose),
      is_journal_(std::getenv("JOURNAL_STREAM") != nullptr),
      descriptor_(descriptor),
      writer_([this] { run(); }) {}

StderrLog::~StderrLog() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_lines_.notify_one();
  writer_.join();
}

void StderrLog::write(Level level, std::string_view event, std::string_view text) {
  if (level == Level::Debug && !verbose_) return;
  const std::string more = line(level, event, text);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + more.size() > kMaxWaitingBytes) {
      ++lost_;
      return;
    }
    waiting_ += more;
    if (std::exchange(is_awake_, true)) return;
  }
  has_lines_.notify_one();
}

std::string StderrLog::line(Level level, std::string_view event, std::string_view text) const {
  if (is_journal_) return fmt::format("<{}>{}: {}\n", priority(level), event, printable(text, kMaxLineBytes));
  return fmt::format("{} {}: {}: {}\n", local_time(), name(level), event, printable(text, kMaxLineBytes));
}

void StderrLog::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    has_lines_.wait(lock, [this] { return is_awake_ || is_stopping_; });
    if (!is_stopping_) has_lines_.wait_for(lock, kGather, [this] { return is_stopping_; });
    const std::string lines = std::exchange(waiting_, {});
    const std::size_t lost = std::exchange(lost_, 0);
    is_awake_ = false;
    const bool is_last = is_stopping_;
    lock.unlock();
    write_all(lines);
    if (lost > 0)
      write_all(
          line(Level::Error, "log_lost", std::to_string(lost) + " lines, because nobody took them in time"));
    if (is_last) return;
    lock.lock();
  }
}

void StderrLog::write_all(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;  // nothing can be done about a log that takes nothing
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace extmail::daemon
