// SPDX-License-Identifier: MIT
//
// extmailctl user-field: what the host is told of a user besides, in extmail_user_field.
#include "core/printable.hpp"
#include "ctl/command.hpp"
#include "ctl/extensions/extension.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxNameCharacters = 64;
constexpr std::size_t kMaxValueCharacters = 1024;

struct Words {
  std::string user;
  std::string name;
  std::string value;
  bool is_dry_run = false;
};

/// As a field of Dovecot's can be named.
std::string name_of(const Words& words) {
  const bool is_fine = !words.name.empty() && words.name.size() <= kMaxNameCharacters &&
                       std::all_of(words.name.begin(), words.name.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                c == '_' || c == '-' || c == '/' || c == '.' || c == ':';
                       });
  if (!is_fine) {
    throw Misuse('"' + printable(words.name, kMaxNameCharacters) +
                 "\" is no name of a field: allow_nets, nologin, userdb_quota_rule, …");
  }
  return words.name;
}

int list(const Words& words, const Invocation& invocation) {
  std::vector<std::pair<std::string, std::string>> conditions;
  if (!words.user.empty()) conditions.emplace_back("username = ?", words.user);
  return list_rows(invocation, kUserFields, {{"username"}, {"name"}, {"value"}}, conditions,
                   "username, name");
}

int set(const Words& words, const Invocation& invocation) {
  const std::string name = name_of(words);
  const std::string value = name == "allow_nets" ? checked_networks("allow_nets", words.value)
                                                 : checked_text("value", words.value, kMaxValueCharacters);
  std::string user;
  write_rows(invocation, kUserFields, words.is_dry_run, [&](mysql::Connection& database, Changes& changes) {
    user = existing_mailbox(database, words.user);
    changes.add(
        "INSERT INTO extmail_user_field (username, name, value) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE "
        "name = VALUES(name), value = VALUES(value)",
        {user, name, value});
  });
  if (!words.is_dry_run) std::cout << "field " << name << " of " << user << " is set\n";
  return kDone;
}

int remove(const Words& words, const Invocation& invocation) {
  const std::string name = name_of(words);
  write_rows(invocation, kUserFields, words.is_dry_run, [&](mysql::Connection& database, Changes& changes) {
    const auto rows = database.query(
        "SELECT username, name FROM extmail_user_field WHERE username = ? AND name = ? FOR UPDATE",
        {words.user, name});
    if (rows.empty())
      throw Refused(printable(words.user, kMaxValueCharacters) + " has no field " + name +
                    "; extmailctl user-field list shows those there are");
    changes.add("DELETE FROM extmail_user_field WHERE username = ? AND name = ?",
                {rows.front()[0], rows.front()[1]});
  });
  if (!words.is_dry_run) std::cout << "field " << name << " is deleted\n";
  return kDone;
}

}  // namespace

void add_user_field(CLI::App& app, Invocation& invocation) {
  const auto words = std::make_shared<Words>();
  auto* fields = app.add_subcommand("user-field", "Administers what Dovecot is told of a user besides");
  fields->require_subcommand(1);
  auto* listed = fields->add_subcommand("list", "Lists the fields");
  listed->add_option("USER", words->user, "Only those of one mailbox")->type_name("MAILBOX");
  listed->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return list(*words, invocation); }; });
  const auto add_writer = [&](const char* name, const char* description, auto run) {
    auto* command = fields->add_subcommand(name, description);
    command->add_option("USER", words->user, "The mailbox")->type_name("MAILBOX")->required();
    command->add_option("FIELD", words->name, "allow_nets, nologin, userdb_…")->required();
    command->add_flag("-n,--dry-run", words->is_dry_run, "Show the SQL that would be run, and run nothing");
    command->callback([words, &invocation, run] {
      invocation.run = [words, &invocation, run] { return run(*words, invocation); };
    });
    return command;
  };
  add_writer("set", "Sets a field", set)->add_option("VALUE", words->value, "Its value")->required();
  add_writer("delete", "Deletes a field", remove);
}

}  // namespace extmail::ctl
