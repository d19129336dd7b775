// SPDX-License-Identifier: MIT
#include "ctl/command.hpp"
#include "ctl/control.hpp"
#include "ctl/find_listener.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

struct Options {
  std::string socket;
  std::string subject;
};

/// As policyd::ControlProtocol has them.
enum Field : std::size_t {
  kLimit,
  kBound,
  kPer,
  kSubject,
  kCount,
  kPeriod,
  kUsed,
  kMost,
  kRoomIn,
  kMode,
  kFrom,
  kFields
};

std::optional<std::vector<std::string>> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream rest(line);
  for (std::string field; std::getline(rest, field, '\t');)
    fields.push_back(std::move(field));
  if (line.ends_with('\t')) fields.emplace_back();
  if (fields.size() != kFields) return std::nullopt;
  return fields;
}

int fail(const std::string& why) {
  std::cerr << "extmailctl: " << why << '\n';
  return kNobodyCouldTell;
}

std::vector<Report::Cell> cells_of(const std::vector<std::string>& fields) {
  const bool is_bounded = !fields[kMost].empty();
  const auto bounded = [&](Field field, const char* otherwise) -> Report::Cell {
    if (is_bounded) return {fields[field], {}};
    return {std::nullopt, otherwise};
  };
  const std::string& from = fields[kFrom];
  return {{fields[kLimit], {}},
          {fields[kBound], {}},
          {fields[kPer], {}},
          {fields[kSubject], {}},
          {fields[kCount], {}},
          {fields[kPeriod], {}},
          bounded(kUsed, "-"),
          bounded(kMost, "unlimited"),
          bounded(kRoomIn, "-"),
          {fields[kMode], {}},
          {from.empty() ? "extmail.toml" : from, {}}};
}

int show(const Options& options, const Invocation& invocation) {
  if (options.subject.empty() || std::any_of(options.subject.begin(), options.subject.end(),
                                             [](char c) { return c == '\n' || c == '\t'; })) {
    std::cerr << "extmailctl: a subject is not empty, and has no tab or line break\n";
    return kWrongUsage;
  }
  const std::string socket = options.socket.empty()
                                 ? find_listener(kControl, invocation.config, !invocation.config_is_named)
                                 : options.socket;
  const auto answer = ask_control(socket, "limits " + options.subject);
  if (!answer.is_found()) return fail(answer.reason());
  using Kind = Report::Kind;
  Report report({{"limit"},
                 {"bound"},
                 {"per"},
                 {"subject"},
                 {"count"},
                 {"period", Kind::Number},
                 {"used", Kind::Number},
                 {"allowed", Kind::Number},
                 {"room_in", Kind::Number},
                 {"mode"},
                 {"from"}});
  std::istringstream lines(answer.value());
  for (std::string line; std::getline(lines, line) && line != "OK";) {
    const auto fields = fields_of(line);
    if (!fields) return fail(line);
    report.add(cells_of(*fields));
  }
  if (report.is_empty() && invocation.format == Format::Text) {
    std::cerr << "extmailctl: no [[policyd.limit]] counts " << options.subject << '\n';
    return kDone;
  }
  report.write_list(invocation.output());
  return kDone;
}

}  // namespace

void add_limits(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("limits", "Shows what the limits of extmail-policyd leave a subject");
  command
      ->add_option("--socket", options->socket,
                   "Socket of extmail-policyd for control; as the configuration file says by default")
      ->type_name("FILE");
  command
      ->add_option("SUBJECT", options->subject, "user@domain, @domain, the address of a client, or a login")
      ->type_name("ADDRESS")
      ->required();
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return show(*options, invocation); };
  });
}

}  // namespace extmail::ctl
