// SPDX-License-Identifier: MIT
#include "ctl/host/tool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace extmail::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kTimeout{30};
constexpr std::size_t kMaxOutputBytes = std::size_t{4} << 20U;
constexpr int kCouldNotRun = 127;  // as a shell has it
constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Both ends of a pipe, closed on exec.
struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error(std::strerror(errno));
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(0);
    close(1);
  }
  void close(std::size_t end) {
    if (ends.at(end) >= 0) ::close(ends.at(end));
    ends.at(end) = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

[[noreturn]] void become(const std::vector<std::string>& words, const Pipe& output, const Pipe& errors) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const auto& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  arguments.push_back(nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output.ends[1], STDOUT_FILENO);
  ::dup2(errors.ends[1], STDERR_FILENO);
  ::setenv("PATH", kPath, 1);
  ::setenv("LC_ALL", "C.UTF-8", 1);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(kCouldNotRun);
}

/// Reads what there is; false at the end.
bool take(int fd, std::string& text) {
  std::array<char, 65536> bytes{};
  const auto count = ::read(fd, bytes.data(), bytes.size());
  if (count < 0 && errno == EINTR) return true;
  if (count <= 0) return false;
  text.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

/// Until both are closed; false at the deadline, and where there is too much.
bool read_all(Pipe& output, Pipe& errors, ToolOutput& into) {
  const auto deadline = Clock::now() + kTimeout;
  while (output.ends[0] >= 0 || errors.ends[0] >= 0) {
    std::array<pollfd, 2> waits{{{output.ends[0], POLLIN, 0}, {errors.ends[0], POLLIN, 0}}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0 || into.output.size() + into.errors.size() > kMaxOutputBytes) return false;
    if (::poll(waits.data(), waits.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
    if (waits[0].revents != 0 && !take(output.ends[0], into.output)) output.close(0);
    if (waits[1].revents != 0 && !take(errors.ends[0], into.errors)) errors.close(0);
  }
  return true;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  constexpr int kSignalled = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

}  // namespace

ToolOutput run_tool(const std::vector<std::string>& words) {
  ToolOutput result;
  Pipe output;
  Pipe errors;
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error(words.front() + ": " + std::strerror(errno));
  if (child == 0) become(words, output, errors);
  output.close(1);
  errors.close(1);
  const bool is_whole = read_all(output, errors, result);
  if (!is_whole) ::kill(child, SIGKILL);
  result.status = wait_for(child);
  if (!is_whole) throw std::runtime_error(words.front() + " does not end, or prints without end");
  result.is_there = result.status != kCouldNotRun;
  result.errors.resize(std::min(result.errors.size(), result.errors.find('\n')));
  return result;
}

}  // namespace extmail::ctl
