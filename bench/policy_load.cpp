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
#include "load_threads.hpp"
#include "unix_socket.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <poll.h>

namespace {

using namespace extmail::bench;

constexpr std::size_t kSenders = 1000;

enum class Traffic { Users, Strangers, Over };

Traffic traffic_of(std::string_view name) {
  if (name == "users") return Traffic::Users;
  if (name == "strangers") return Traffic::Strangers;
  if (name == "over") return Traffic::Over;
  throw std::runtime_error("no such traffic: " + std::string(name));
}

/// Waits in poll(), as Postfix does: who waits in recv() is also woken when the server has read the request, for nothing.
void await_answer(const UnixSocket& server) {
  pollfd waiting{server.fd(), POLLIN, 0};
  const int ready = ::poll(&waiting, 1, kPatienceSeconds * 1000);
  if (ready < 0) fail("poll");
  if (ready == 0) throw std::runtime_error("no answer");
}

/// The action.
std::string ask(const UnixSocket& server, const std::string& request) {
  server.send(request);
  std::string answer;
  while (!answer.ends_with("\n\n")) {
    await_answer(server);
    if (!server.receive(answer)) throw std::runtime_error("the server closed the connection");
  }
  constexpr std::string_view kAction = "action=";
  if (!answer.starts_with(kAction)) throw std::runtime_error("no answer of a policy server: " + answer);
  return answer.substr(kAction.size(), answer.size() - kAction.size() - 2);
}

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
  const UnixSocket server(path);
  Tally tally;
  tally.took_us.reserve(requests / clients + 1);
  bool is_refused = false;
  for (std::size_t turn = mine; turn < requests; turn += clients) {
    const std::string request = request_of(traffic, mine, turn);
    const auto began = Clock::now();
    const std::string action = ask(server, request);
    tally.took_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count());
    const bool is_passed = action == "DUNNO" || action == "dunno";
    if (!is_passed) is_refused = true;
    if (traffic != Traffic::Over && !is_passed && tally.wrong++ == 0) std::cerr << action << '\n';
  }
  if (traffic == Traffic::Over && !is_refused) ++tally.wrong;
  tally.ended = Clock::now();
  return tally;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: policy_load SOCKET CLIENTS users|strangers|over REQUESTS\n";
    return 2;
  }
  try {
    const auto clients = number<std::size_t>(argv[2]);
    const Traffic traffic = traffic_of(argv[3]);
    const auto requests = number<std::size_t>(argv[4]);
    print(run_in_threads(
        clients, [&](std::size_t mine) { return run_client(argv[1], traffic, mine, clients, requests); }));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "policy_load: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
