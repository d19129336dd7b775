// SPDX-License-Identifier: MIT
//
// lookup_load SOCKET MAP CONNECTIONS SECONDS < KEYS: so many connections ask a socketmap server, each its next question
// as soon as it has the answer to the last one. Prints `lookups/s p50_us p99_us failed`, where whatever is not OK failed.

#include "load.hpp"
#include "unix_socket.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sys/epoll.h>

namespace {

using namespace extmail::bench;

/// Whole netstrings, made once.
std::vector<std::string> read_requests(const std::string& map) {
  std::vector<std::string> requests;
  for (std::string key; std::getline(std::cin, key);) {
    key.insert(0, map + ' ');
    std::string request = std::to_string(key.size());
    request.append(1, ':').append(key).append(1, ',');
    requests.push_back(std::move(request));
  }
  if (requests.empty()) throw std::runtime_error("no keys on standard input");
  return requests;
}

class Load {
 public:
  Load(const std::string& path, std::size_t connections, std::vector<std::string> requests)
      : requests_(std::move(requests)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < connections; ++i) {
      connections_.push_back({UnixSocket(path), {}});
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].socket.fd(), &event) != 0) fail("epoll_ctl");
    }
  }

  void run(std::chrono::milliseconds time) {
    const auto began = Clock::now();
    for (auto& connection : connections_)
      ask(connection);
    std::array<epoll_event, 64> events{};
    while (Clock::now() - began < time) {
      const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1000);
      if (ready == 0) throw std::runtime_error("no answer for a second");
      for (int i = 0; i < ready; ++i)
        take_answer(connections_[events[static_cast<std::size_t>(i)].data.u64]);
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    std::sort(took_.begin(), took_.end());
    std::printf("%.0f %.1f %.1f %zu\n", static_cast<double>(took_.size()) / seconds, percentile(took_, 0.5),
                percentile(took_, 0.99), failed_);
  }

 private:
  struct Connection {
    UnixSocket socket;
    Clock::time_point asked;
  };

  void ask(Connection& connection) {
    const std::string& request = requests_[next_++ % requests_.size()];
    connection.asked = Clock::now();
    connection.socket.send(request);
  }

  void take_answer(Connection& connection) {
    answer_.clear();
    if (!connection.socket.receive(answer_)) throw std::runtime_error("the server closed a connection");
    // A mailbox's answer is far shorter than what one send() carries, so it comes in one piece.
    if (answer_.back() != ',' || answer_.find(":OK ") == std::string::npos) ++failed_;
    took_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - connection.asked).count());
    ask(connection);
  }

  const std::vector<std::string> requests_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::size_t next_ = 0;
  std::size_t failed_ = 0;
  std::vector<double> took_;
  std::string answer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: lookup_load SOCKET MAP CONNECTIONS SECONDS < KEYS\n";
    return 2;
  }
  try {
    const auto seconds = std::chrono::duration<double>(std::strtod(argv[4], nullptr));
    Load load(argv[1], std::strtoul(argv[3], nullptr, 10), read_requests(argv[2]));
    load.run(std::chrono::duration_cast<std::chrono::milliseconds>(seconds));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "lookup_load: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
