// SPDX-License-Identifier: MIT
//
// policy_load SOCKET CLIENTS TRAFFIC REQUESTS: Postfix's policy requests at RCPT, so many clients at once, each with a
// connection of its own that stays, as smtpd has it. TRAFFIC:
//   users      mail of 1,000 users who have logged in, a message for each request
//   strangers  mail from 1,000 servers, the same triplets again and again
//   over       mail of one user, which must be refused or deferred at last: the peer's limits are on
//
// Prints `requests/s p50_us p99_us cpu_us wrong`: the times of a request, the processor time that one took here, and how many
// were answered otherwise than by DUNNO (of `over`: 1 for each client of which none was refused), of which each client shows the first on
// standard error. Whoever does not answer for 30 s is an error.

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

constexpr std::size_t kSenders = 1000;
constexpr std::size_t kReadBytes = 4096;

enum class Traffic { Users, Strangers, Over };

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

Traffic traffic_of(std::string_view name) {
  if (name == "users") return Traffic::Users;
  if (name == "strangers") return Traffic::Strangers;
  if (name == "over") return Traffic::Over;
  throw std::runtime_error("no such traffic: " + std::string(name));
}

/// A connection to the policy server.
class Client {
 public:
  explicit Client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0) fail("socket");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error(path + ": too long for a socket");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const timeval patience{kPatienceSeconds, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail(path);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(fd_); }

  /// The action.
  std::string ask(const std::string& request) const {
    if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      fail("send");
    std::string answer;
    std::array<char, kReadBytes> buffer{};
    while (!answer.ends_with("\n\n")) {
      const ssize_t bytes = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (bytes < 0) fail("no answer");
      if (bytes == 0) throw std::runtime_error("the server closed the connection");
      answer.append(buffer.data(), static_cast<std::size_t>(bytes));
    }
    constexpr std::string_view kAction = "action=";
    if (!answer.starts_with(kAction)) throw std::runtime_error("no answer of a policy server: " + answer);
    return answer.substr(kAction.size(), answer.size() - kAction.size() - 2);
  }

 private:
  const int fd_;
};

/// As Postfix 3.7 sends it.
std::string request_of(Traffic traffic, std::size_t client, std::size_t turn) {
  const std::string who = std::to_string(turn % kSenders);
  const std::string login = traffic == Traffic::Users  ? "bench" + who + "@d0.bench"
                            : traffic == Traffic::Over ? "over@d0.bench"
                                                       : "";
  const std::string sender = login.empty() ? "someone" + who + "@s" + who + ".example" : login;
  const std::string recipient = login.empty() ? "bench" + who + "@d0.bench" : "friend" + who + "@r.example";
  const std::string address =
      "198.51." + std::to_string(turn % kSenders % 100) + '.' + std::to_string(turn % kSenders / 100 + 1);
  return "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_address=" + address +
         "\nclient_name=mx" + who + ".example\nclient_port=51234\nreverse_client_name=mx" + who +
         ".example\nserver_address=192.0.2.1\nserver_port=" + (login.empty() ? "25" : "587") +
         "\nhelo_name=mx" + who + ".example\nsender=" + sender + "\nrecipient=" + recipient +
         "\nrecipient_count=0\nqueue_id=\ninstance=" + std::to_string(client) + '.' + std::to_string(turn) +
         ".1\nsize=2048\netrn_domain=\nstress=\nsasl_method=" + (login.empty() ? "" : "PLAIN") +
         "\nsasl_username=" + login +
         "\nsasl_sender=\nccert_subject=\nccert_issuer=\nccert_fingerprint=\nccert_pubkey_fingerprint=\n"
         "encryption_protocol=\nencryption_cipher=\nencryption_keysize=0\npolicy_context=\n\n";
}

Tally run_client(const std::string& path, Traffic traffic, std::size_t mine, std::size_t clients,
                 std::size_t requests) {
  const Client client(path);
  Tally tally;
  tally.took_us.reserve(requests / clients + 1);
  bool is_refused = false;
  for (std::size_t turn = mine; turn < requests; turn += clients) {
    const std::string request = request_of(traffic, mine, turn);
    const auto began = Clock::now();
    const std::string action = client.ask(request);
    tally.took_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count());
    const bool is_passed = action == "DUNNO" || action == "dunno";
    if (!is_passed) is_refused = true;
    if (traffic != Traffic::Over && !is_passed && tally.wrong++ == 0) std::cerr << action << '\n';
  }
  if (traffic == Traffic::Over && !is_refused) ++tally.wrong;
  tally.ended = Clock::now();
  return tally;
}

void run(const std::string& path, std::size_t clients, Traffic traffic, std::size_t requests) {
  std::vector<Tally> tallies(clients);
  std::vector<std::exception_ptr> faults(clients);
  std::vector<std::thread> threads;
  const std::clock_t cpu_began = std::clock();
  const auto began = Clock::now();
  for (std::size_t mine = 0; mine < clients; ++mine) {
    threads.emplace_back([&, mine] {
      try {
        tallies[mine] = run_client(path, traffic, mine, clients, requests);
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
  if (argc != 5) {
    std::cerr << "usage: policy_load SOCKET CLIENTS users|strangers|over REQUESTS\n";
    return 2;
  }
  try {
    run(argv[1], number(argv[2]), traffic_of(argv[3]), number(argv[4]));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "policy_load: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
