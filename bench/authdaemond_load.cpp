// SPDX-License-Identifier: MIT
//
// authdaemond_load SOCKET CLIENTS LOGINS < USERS: `AUTH login` in Courier's authdaemond protocol as ExtMail asks, so many
// clients at once, a connection for each login, as the protocol wants it. USERS: load.hpp.
//
// Prints `logins/s p50_us p99_us cpu_us wrong`: the times of a login, the processor time that a login took here, and how
// many ended otherwise than they should, of which each client shows the first on standard error. Right is an answer that is
// complete and has the user's ADDRESS; refused is FAIL. Whoever does not answer for 30 s is an error.

#include "load.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using namespace extmail::bench;

constexpr std::size_t kReadBytes = 8192;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0)
    throw std::runtime_error("not a number above zero: " + std::string(text));
  return value;
}

class Socket {
 public:
  Socket() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0) fail("socket");
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(fd_); }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  const int fd_;
};

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error(path + ": too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

/// What the server answers until it closes.
std::string ask(const sockaddr_un& server, const std::string& request) {
  const Socket socket;
  const timeval patience{kPatienceSeconds, 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0)
    fail(server.sun_path);
  if (::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    fail("send");
  std::string answer;
  std::array<char, kReadBytes> buffer{};
  while (true) {
    const ssize_t bytes = ::recv(socket.fd(), buffer.data(), buffer.size(), 0);
    if (bytes < 0) fail("no answer");
    if (bytes == 0) return answer;
    answer.append(buffer.data(), static_cast<std::size_t>(bytes));
  }
}

Result log_in(const sockaddr_un& server, const User& user) {
  const std::string body = "extmail\nlogin\n" + user.name + '\n' + user.password + '\n';
  std::string answer = ask(server, "AUTH " + std::to_string(body.size()) + '\n' + body);
  if (answer == "FAIL\n") return {Answer::Refused, std::move(answer)};
  const std::string_view end = "\n.\n";
  const bool is_whole =
      answer.size() >= end.size() && answer.compare(answer.size() - end.size(), end.size(), end) == 0;
  const bool is_theirs = answer.find("\nADDRESS=" + user.name + '\n') != std::string::npos;
  if (answer.empty()) answer = "(nothing)";
  return {is_whole && is_theirs ? Answer::LoggedIn : Answer::Trouble, std::move(answer)};
}

void run(const sockaddr_un& server, std::size_t clients, std::size_t logins) {
  const std::vector<User> users = read_users();
  std::vector<Tally> tallies(clients);
  std::vector<std::exception_ptr> faults(clients);
  std::vector<std::thread> threads;
  const std::clock_t cpu_began = std::clock();
  const auto began = Clock::now();
  for (std::size_t mine = 0; mine < clients; ++mine) {
    threads.emplace_back([&, mine] {
      try {
        tallies[mine] = take_turns(users, logins, mine, clients,
                                   [&](const User& user, std::size_t) { return log_in(server, user); });
      } catch (...) {
        faults[mine] = std::current_exception();
      }
    });
  }
  for (std::thread& each : threads)
    each.join();
  for (const std::exception_ptr& fault : faults)
    if (fault) std::rethrow_exception(fault);
  print(tallies, began, static_cast<double>(std::clock() - cpu_began) / CLOCKS_PER_SEC);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: authdaemond_load SOCKET CLIENTS LOGINS < USERS\n";
    return 2;
  }
  try {
    run(address_of(argv[1]), number(argv[2]), number(argv[3]));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "authdaemond_load: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
