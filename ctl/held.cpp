// SPDX-License-Identifier: MIT
#include "core/printable.hpp"
#include "ctl/command.hpp"
#include "ctl/control.hpp"
#include "ctl/find_listener.hpp"
#include "ctl/output/report.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxShownBytes = 1024;

struct Options {
  std::string socket;
  std::string login;
};

std::string socket_of(const Options& options, const Invocation& invocation) {
  if (!options.socket.empty()) return options.socket;
  return find_listener(kControl, invocation.config, !invocation.config_is_named);
}

int fail(const std::string& why) {
  std::cerr << "extmailctl: " << why << '\n';
  return kNobodyCouldTell;
}

/// Seconds since 1970, in local time; as they are where they are none.
std::string date_of(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const std::time_t time = seconds;
  std::tm parts{};
  char date[sizeof "2026-01-31 23:59"] = {};
  if (error != std::errc() || end != text.data() + text.size() || localtime_r(&time, &parts) == nullptr ||
      std::strftime(date, sizeof date, "%Y-%m-%d %H:%M", &parts) == 0)
    return std::string(text);
  return date;
}

int list(const Options& options, const Invocation& invocation) {
  const auto answer = ask_control(socket_of(options, invocation), "held");
  if (!answer.is_found()) return fail(answer.reason());
  using Kind = Report::Kind;
  Report report({{"login"}, {"until", Kind::Number}, {"reason"}});
  std::istringstream lines(answer.value());
  for (std::string line; std::getline(lines, line) && line != "OK";) {
    if (line.starts_with("ERROR ")) return fail(line);
    std::istringstream fields(line);
    std::string login;
    std::string until;
    std::string why;
    std::getline(fields, login, '\t');
    std::getline(fields, until, '\t');
    std::getline(fields, why);
    if (invocation.format == Format::Text) {
      std::cout << printable(login, kMaxShownBytes) << " until " << date_of(until) << ": "
                << printable(why, kMaxShownBytes) << '\n';
    }
    report.add({{login}, {until}, {why}});
  }
  if (invocation.format != Format::Text) report.write_list(invocation.output());
  return kDone;
}

int release(const Options& options, const Invocation& invocation) {
  if (options.login.empty() || std::any_of(options.login.begin(), options.login.end(),
                                           [](char c) { return c == '\n' || c == '\t'; })) {
    std::cerr << "extmailctl: a login is not empty, and has no tab or line break\n";
    return kWrongUsage;
  }
  const auto answer = ask_control(socket_of(options, invocation), "release " + options.login);
  if (!answer.is_found()) return fail(answer.reason());
  if (answer.value() == "OK\n") {
    std::cout << options.login << " is released. Mail of it that waits goes with: postsuper -H QUEUE_ID\n";
    return kDone;
  }
  if (answer.value() != "NOT_HELD\n") return fail(answer.value().substr(0, answer.value().find('\n')));
  std::cerr << "extmailctl: " << options.login << " is not held; extmailctl held lists who is\n";
  return kRefused;
}

CLI::App* add(CLI::App& app, const char* name, const char* description,
              const std::shared_ptr<Options>& options) {
  auto* command = app.add_subcommand(name, description);
  command
      ->add_option("--socket", options->socket,
                   "Socket of extmail-policyd for control; as the configuration file says by default")
      ->type_name("FILE");
  return command;
}

}  // namespace

void add_held(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  add(app, "held", "Lists the logins whose mail extmail-policyd holds", options)
      ->callback([options, &invocation] {
        invocation.run = [options, &invocation] { return list(*options, invocation); };
      });
}

void add_release(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  auto* command = add(app, "release", "Holds the mail of a login no longer", options);
  command->add_option("LOGIN", options->login, "As the event login_held has it")->required();
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return release(*options, invocation); };
  });
}

}  // namespace extmail::ctl
