// SPDX-License-Identifier: MIT
//
// lookup_load SOCKET MAP CONNECTIONS SECONDS < KEYS: so many connections ask a socketmap server, each its next question
// as soon as it has the answer to the last one. Prints `lookups/s p50_us p99_us failed`, where whatever is not OK failed.

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("the socket's path is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail(path);
  return socket;
}

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
      : requests_(std::move(requests)), epoll_(::epoll_create1(EPOLL_CLOEXEC)), connections_(connections) {
    for (std::size_t i = 0; i < connections; ++i) {
      connections_[i].socket = connect_to(path);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].socket, &event) != 0) fail("epoll_ctl");
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
    std::printf("%.0f %.1f %.1f %zu\n", static_cast<double>(took_.size()) / seconds, percentile(0.5),
                percentile(0.99), failed_);
  }

 private:
  struct Connection {
    int socket = -1;
    Clock::time_point asked;
  };

  void ask(Connection& connection) {
    const std::string& request = requests_[next_++ % requests_.size()];
    connection.asked = Clock::now();
    if (::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) fail("send");
  }

  void take_answer(Connection& connection) {
    std::array<char, 4096> buffer{};
    const ssize_t bytes = ::recv(connection.socket, buffer.data(), buffer.size(), 0);
    if (bytes <= 0) fail("recv");
    const std::string_view answer(buffer.data(), static_cast<std::size_t>(bytes));
    // A mailbox's answer is far shorter than what one send() carries, so it comes in one piece.
    if (answer.back() != ',' || answer.find(":OK ") == std::string_view::npos) ++failed_;
    took_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - connection.asked).count());
    ask(connection);
  }

  [[nodiscard]] double percentile(double part) const {
    return took_.empty() ? 0 : took_[static_cast<std::size_t>(static_cast<double>(took_.size() - 1) * part)];
  }

  const std::vector<std::string> requests_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::size_t next_ = 0;
  std::size_t failed_ = 0;
  std::vector<double> took_;
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
