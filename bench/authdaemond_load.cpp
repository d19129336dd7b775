// SPDX-License-Identifier: MIT
//
// authdaemond_load SOCKET CLIENTS LOGINS < USERS: `AUTH login` in Courier's authdaemond protocol as ExtMail asks, so many
// clients at once, a connection for each login, as the protocol wants it. USERS: load.hpp.
//
// Prints `logins/s p50_us p99_us cpu_us wrong`: the times of a login, the processor time that a login took here, and how
// many ended otherwise than they should, of which each client shows the first on standard error. Right is an answer that is
// complete and has the user's ADDRESS; refused is FAIL. Whoever does not answer for 30 s is an error.

#include "load.hpp"
#include "load_threads.hpp"
#include "unix_socket.hpp"

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <sys/time.h>

namespace {

using namespace extmail::bench;

/// What the server answers until it closes.
std::string ask(const std::string& server, const std::string& request) {
  const UnixSocket socket(server);
  const timeval patience{kPatienceSeconds, 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  socket.send(request);
  std::string answer;
  while (socket.receive(answer))
    continue;
  return answer;
}

Result log_in(const std::string& server, const User& user) {
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

void run(const std::string& server, std::size_t clients, std::size_t logins) {
  const std::vector<User> users = read_users();
  print(run_in_threads(clients, [&](std::size_t mine) {
    return take_turns(users, logins, mine, clients,
                      [&](const User& user, std::size_t) { return log_in(server, user); });
  }));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: authdaemond_load SOCKET CLIENTS LOGINS < USERS\n";
    return 2;
  }
  try {
    run(argv[1], number<std::size_t>(argv[2]), number<std::size_t>(argv[3]));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "authdaemond_load: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
