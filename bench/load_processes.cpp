// SPDX-License-Identifier: MIT
#include "load_processes.hpp"

#include "unix_socket.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace extmail::bench {
namespace {

/// Of a result, before the times of all logins.
struct Head {
  Clock::rep ended;
  double cpu_seconds;
  std::size_t wrong;
  std::size_t count;
};

void send_all(int socket, const void* bytes, std::size_t size) {
  const auto* rest = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t sent = ::send(socket, rest, size, MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    rest += sent;
    size -= static_cast<std::size_t>(sent);
  }
}

void receive_all(int socket, void* bytes, std::size_t size) {
  auto* rest = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t received = ::recv(socket, rest, size, 0);
    if (received < 0) fail("recv");
    if (received == 0) throw std::runtime_error("a process of the load ended early");
    rest += received;
    size -= static_cast<std::size_t>(received);
  }
}

void work(int parent, const Work& job) {
  char go = 'r';
  send_all(parent, &go, 1);
  receive_all(parent, &go, 1);
  const std::clock_t cpu_began = std::clock();
  const Tally tally = job();
  const Head head{tally.ended.time_since_epoch().count(),
                  static_cast<double>(std::clock() - cpu_began) / CLOCKS_PER_SEC, tally.wrong,
                  tally.took_us.size()};
  send_all(parent, &head, sizeof head);
  send_all(parent, tally.took_us.data(), tally.took_us.size() * sizeof(double));
}

class Process {
 public:
  Process(std::size_t mine, const std::function<Work(std::size_t)>& prepare) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
    socket_ = ends[0];
    pid_ = ::fork();
    if (pid_ < 0) fail("fork");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(ends[0]);
      ::_exit(run(ends[1], mine, prepare));
    }
    ::close(ends[1]);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  Process(Process&& other) noexcept : pid_(other.pid_), socket_(other.socket_) {
    other.pid_ = -1;
    other.socket_ = -1;
  }
  Process& operator=(Process&&) = delete;
  ~Process() {
    if (pid_ <= 0) return;
    ::close(socket_);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  void await_readiness() const {
    char ready = 0;
    receive_all(socket_, &ready, 1);
  }

  void begin() const { send_all(socket_, "g", 1); }

  void add_result(LoadResult& result) const {
    Head head{};
    receive_all(socket_, &head, sizeof head);
    Tally tally;
    tally.took_us.resize(head.count);
    receive_all(socket_, tally.took_us.data(), head.count * sizeof(double));
    tally.wrong = head.wrong;
    tally.ended = Clock::time_point(Clock::duration(head.ended));
    result.tallies.push_back(std::move(tally));
    result.cpu_seconds += head.cpu_seconds;
  }

 private:
  static int run(int parent, std::size_t mine, const std::function<Work(std::size_t)>& prepare) {
    try {
      work(parent, prepare(mine));
      return EXIT_SUCCESS;
    } catch (const std::exception& error) {
      std::cerr << std::string(error.what()) + '\n';
      return EXIT_FAILURE;
    }
  }

  pid_t pid_ = -1;
  int socket_ = -1;
};

}  // namespace

LoadResult run_in_processes(std::size_t count, const std::function<Work(std::size_t)>& prepare) {
  std::vector<Process> processes;
  processes.reserve(count);
  for (std::size_t mine = 0; mine < count; ++mine)
    processes.emplace_back(mine, prepare);
  for (const Process& each : processes)
    each.await_readiness();
  LoadResult result;
  result.began = Clock::now();
  for (const Process& each : processes)
    each.begin();
  for (const Process& each : processes)
    each.add_result(result);
  return result;
}

}  // namespace extmail::bench
