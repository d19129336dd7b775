// SPDX-License-Identifier: MIT
#include "core/network.hpp"
#include "core/secret.hpp"
#include "ctl/account_report.hpp"
#include "ctl/authdaemond.hpp"
#include "ctl/command.hpp"
#include "ctl/find_listener.hpp"
#include "ctl/password_input.hpp"
#include "wire/authdaemond_client.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

/// What Courier's clients wait. extmail-authd holds a login back for some seconds at most.
constexpr std::chrono::seconds kTimeout{30};

struct Options {
  wire::authdaemond::Question question{"login", "", "::1"};  // as authtest
  std::string socket;
  std::string password;
  bool has_password = false;
  bool asks_password = false;
  bool shows_passwords = false;
};

int fail(const std::string& why, int status) {
  std::cerr << "Authentication FAILED: " << why << '\n';
  return status;
}

int misuse(const std::string& why) {
  std::cerr << "extmailctl: " << why << '\n';
  return kWrongUsage;
}

int test(const Options& options, std::optional<Secret> password, const std::string& socket) {
  const auto question = password ? wire::authdaemond::encode_login(options.question, password->view())
                                 : wire::authdaemond::encode_lookup(options.question);
  if (!question) {
    return misuse(
        "authdaemond's protocol can't say that: user, service and password have no line breaks, and fit into "
        "8191 "
        "bytes together; a user and a service are not empty");
  }
  const auto answer = ask_authdaemond(socket, *question, std::chrono::steady_clock::now() + kTimeout);
  if (answer.is_failure()) return fail("temporary failure: " + answer.reason(), kNobodyCouldTell);
  if (answer.is_not_found()) {
    return fail(
        password ? "refused: a wrong password, no such user, or one that may not log in by this service; the "
                   "log of extmail-authd says which (login_refused)"
                 : "refused: no such user, or one that may not use this service",
        kRefused);
  }
  const auto passwords = options.shows_passwords ? Passwords::Shown : Passwords::Hidden;
  std::cout << report(answer.value(), passwords).view() << std::flush;
  return kDone;
}

int run(Options& options, const Invocation& invocation) {
  std::optional<Secret> password;
  if (options.has_password) password = Secret(options.password);
  wipe(options.password);
  const std::string socket = options.socket.empty()
                                 ? find_listener(kAuthdaemond, invocation.config, !invocation.config_is_named)
                                 : options.socket;
  if (options.asks_password) {
    auto given = read_password();
    if (!given.is_found()) return misuse(given.reason());
    password = std::move(given).value();
  }
  return test(options, std::move(password), socket);
}

std::string check_address(const std::string& text) {
  return IpAddress::parse(text) ? "" : "\"" + text + "\" is no IP address";
}

}  // namespace

void add_authtest(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "authtest",
      "Shows what extmail-authd knows of a user, and with a password whether it lets the user in");
  command
      ->add_option("-s,--service", options->question.service,
                   "Service to log in to: imap, pop3, smtp, extmail, …")
      ->type_name("SERVICE")
      ->capture_default_str();
  command->add_option("--from", options->question.remote, "Address that the login comes from")
      ->capture_default_str()
      ->check(CLI::Validator(check_address, "ADDRESS"));
  command
      ->add_option("--socket", options->socket,
                   "Socket of extmail-authd for authdaemond; as the configuration file says by default")
      ->type_name("FILE");
  command->add_flag("--show-passwords", options->shows_passwords, "Show the hash and the password");
  auto* asks = command->add_flag("-p,--ask-password", options->asks_password,
                                 "Ask for the password, or read it as a line of standard input");
  command->add_option("USER", options->question.user, "Address of the mailbox")
      ->type_name("MAILBOX")
      ->required();
  auto* password = command->add_option(
      "PASSWORD", options->password,
      "Password to try; others can see it in the list of processes: rather --ask-password");
  password->excludes(asks);
  command->callback([options, password, &invocation] {
    options->has_password = password->count() > 0;
    invocation.run = [options, &invocation] { return run(*options, invocation); };
  });
}

}  // namespace extmail::ctl
