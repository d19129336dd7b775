// SPDX-License-Identifier: MIT
#include "daemon/stderr_log.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace extmail;
using daemon::StderrLog;

namespace {

class Pipe {
 public:
  Pipe() { REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends_[0]);
    close_writer();
  }

  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

  /// Until the writer is closed.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::string text;
    std::array<char, 65536> buffer{};
    for (ssize_t bytes = 0; (bytes = ::read(ends_[0], buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(bytes));
    std::vector<std::string> lines;
    for (std::size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1)
      lines.push_back(text.substr(start, end - start));
    return lines;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

std::string event_and_text(const std::string& line) {
  constexpr std::size_t kTimeBytes = std::string_view("YYYY-MM-DD HH:MM:SS ").size();
  return line.substr(std::min(kTimeBytes, line.size()));
}

}  // namespace

TEST_CASE("Lines of several threads stay whole, and each thread's in their order") {
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  Pipe pipe;
  std::vector<std::string> lines;
  std::thread reader([&] { lines = pipe.lines(); });
  {
    StderrLog log(false, pipe.writer());
    std::vector<std::thread> writers;
    writers.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      writers.emplace_back([&log, t] {
        for (int i = 0; i < kLines; ++i)
          log.write(Level::Info, "event", "thread=" + std::to_string(t) + " line=" + std::to_string(i));
      });
    }
    for (auto& writer : writers)
      writer.join();
  }
  pipe.close_writer();
  reader.join();
  REQUIRE(lines.size() == std::size_t{kThreads} * kLines);
  std::array<int, kThreads> next{};
  for (const auto& line : lines) {
    const std::string text = event_and_text(line);
    const auto thread =
        static_cast<std::size_t>(text.at(std::string_view("info: event: thread=").size()) - '0');
    CHECK(text ==
          "info: event: thread=" + std::to_string(thread) + " line=" + std::to_string(next.at(thread)++));
  }
}

TEST_CASE("A reader that takes nothing stops nobody, and hears later what is missing") {
  constexpr int kLines = 3000;  // of 1000 bytes: more than a pipe and what may wait can hold
  Pipe pipe;
  std::optional<StderrLog> log(std::in_place, false, pipe.writer());
  for (int i = 0; i < kLines; ++i)
    log->write(Level::Notice, "event", std::string(1000, 'x'));
  std::vector<std::string> lines;
  std::thread reader([&] { lines = pipe.lines(); });
  log.reset();
  pipe.close_writer();
  reader.join();
  constexpr std::string_view kLost = "error: log_lost: ";
  std::size_t lost = 0;
  std::size_t kept = 0;
  for (const auto& line : lines) {
    const std::string text = event_and_text(line);
    if (text.rfind(kLost, 0) == 0) {
      lost += std::stoul(text.substr(kLost.size()));
    } else {
      ++kept;
    }
  }
  CHECK(lost > 0);
  CHECK(lost + kept == kLines);
}

TEST_CASE("Debug lines are for who wants them") {
  Pipe pipe;
  {
    StderrLog quiet(false, pipe.writer());
    quiet.write(Level::Debug, "event", "unheard");
  }
  {
    StderrLog verbose(true, pipe.writer());
    verbose.write(Level::Debug, "event", "heard");
  }
  pipe.close_writer();
  const auto lines = pipe.lines();
  REQUIRE(lines.size() == 1);
  CHECK(event_and_text(lines.front()) == "debug: event: heard");
}
