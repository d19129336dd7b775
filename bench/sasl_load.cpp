// SPDX-License-Identifier: MIT
//
// sasl_load library PROGRAM MECHANISM PROCESSES LOGINS < USERS
// sasl_load smtp    PORT    MECHANISM PROCESSES LOGINS < USERS
//
// Logs in through Cyrus SASL: `library` in this program, which does what an smtpd does and no more (sasl_server.hpp);
// `smtp` through a real Postfix on a loopback port, a connection for each login (smtp_login.hpp). There MECHANISM may be
// `none`, for sessions without AUTH. Either way so many processes at once, because an smtpd is a process for each
// connection. USERS: load.hpp.
//
// Prints `logins/s p50_us p99_us cpu_us wrong`: the times of a login, the processor time that a login took here (with
// `library`, that of libsasl2 and the plugin), and how many ended otherwise than they should, of which each process
// shows the first on standard error. Whoever does not answer for 30 s is an error.

#include "load.hpp"
#include "load_processes.hpp"
#include "sasl_server.hpp"
#include "smtp_login.hpp"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace {

using namespace extmail::bench;

struct Order {
  std::string where;
  std::string program_or_port;
  std::string mechanism;
  std::size_t processes = 0;
  std::size_t logins = 0;
};

Work prepare(const Order& order, const std::vector<User>& users, std::size_t mine) {
  if (order.where == "smtp") {
    const auto port = number<std::uint16_t>(order.program_or_port);
    const std::string mechanism = order.mechanism == "none" ? "" : order.mechanism;
    return [=, &order, &users] {
      return take_turns(users, order.logins, mine, order.processes, [&](const User& user, std::size_t place) {
        return log_in_by_smtp(port, user, place, mechanism);
      });
    };
  }
  const auto server = std::make_shared<SaslServer>(order.program_or_port);
  return [=, &order, &users] {
    return take_turns(users, order.logins, mine, order.processes, [&](const User& user, std::size_t place) {
      ::alarm(kPatienceSeconds);  // a plugin that hangs ends this process
      return server->log_in(user, place, order.mechanism);
    });
  };
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view where = argc > 1 ? argv[1] : "";
  if (argc != 6 || (where != "library" && where != "smtp")) {
    std::cerr << "usage: sasl_load library PROGRAM | smtp PORT  MECHANISM PROCESSES LOGINS < USERS\n";
    return 2;
  }
  try {
    const Order order{argv[1], argv[2], argv[3], number<std::size_t>(argv[4]), number<std::size_t>(argv[5])};
    const std::vector<User> users = read_users();
    print(run_in_processes(order.processes, [&](std::size_t mine) { return prepare(order, users, mine); }));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "sasl_load: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
