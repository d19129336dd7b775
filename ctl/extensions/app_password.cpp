// SPDX-License-Identifier: MIT
//
// extmailctl app-password: further passwords of a mailbox, one for each program or device, in extmail_app_password.
#include "core/address.hpp"
#include "core/password.hpp"
#include "core/printable.hpp"
#include "ctl/command.hpp"
#include "ctl/extensions/extension.hpp"
#include "ctl/objects/field.hpp"
#include "ctl/password_strength.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxNameCharacters = 64;
constexpr std::size_t kMaxServicesCharacters = 255;
constexpr std::size_t kMaxShownBytes = 256;

struct Words {
  std::string user;
  std::string name;
  std::string services;
  std::string networks;
  std::string expires = "never";
  bool is_dry_run = false;
};

std::string name_of(const Words& words) {
  if (words.name.empty()) throw Misuse("an app password has a name: what it is for, as phone");
  return checked_text("name", words.name, kMaxNameCharacters);
}

/// Names of services, as Dovecot and the others tell extmail-authd: a wrong one is no error there, but lets nobody in.
std::string services_of(const Words& words) {
  const bool is_fine = std::all_of(words.services.begin(), words.services.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ',';
  });
  if (!is_fine) {
    throw Misuse("services: \"" + printable(words.services, kMaxShownBytes) +
                 "\" is no list of services: write imap,smtp");
  }
  return checked_text("services", words.services, kMaxServicesCharacters);
}

std::optional<std::string> expiry_of(const Words& words) {
  if (words.expires == "never") return std::nullopt;
  return to_stored({"expires", FieldKind::Date, ""}, words.expires);
}

int list(const Words& words, const Invocation& invocation) {
  std::vector<std::pair<std::string, std::string>> conditions;
  if (!words.user.empty()) conditions.emplace_back("username = ?", words.user);
  return list_rows(invocation, kAppPasswords,
                   {{"username"},
                    {"name"},
                    {"services"},
                    {"networks"},
                    {"expires"},
                    {"active", Report::Kind::Number},
                    {"created"}},
                   conditions, "username, name");
}

/// Whether there is one of that name, whose row is locked then.
bool has_row(mysql::Connection& database, const std::string& user, const std::string& name) {
  return !database
              .query("SELECT id FROM extmail_app_password WHERE username = ? AND name = ? FOR UPDATE",
                     {user, name})
              .empty();
}

int add(const Words& words, const Invocation& invocation) {
  const std::string name = name_of(words);
  const std::string services = services_of(words);
  const std::string networks = checked_networks("networks", words.networks);
  const auto expires = expiry_of(words);
  const Secret password = PasswordStrength().generate();
  const auto hash = hash_password(password.view(), NewHash::Sha512Crypt);
  if (!hash) throw Refused("this system's crypt(3) can't make a hash of the kind $6$");
  std::string user;
  write_rows(invocation, kAppPasswords, words.is_dry_run, [&](mysql::Connection& database, Changes& changes) {
    user = existing_mailbox(database, words.user);
    if (has_row(database, user, name))
      throw Refused(user + " has an app password " + name + " already; delete it to have another");
    changes.add(
        "INSERT INTO extmail_app_password (username, name, password, services, networks, expires) VALUES (?, "
        "?, ?, ?, ?, ?)",
        {user, name, std::string(hash->view()), services, networks, expires});
  });
  // On standard error where standard output has SQL.
  std::ostream& out = words.is_dry_run ? std::cerr : std::cout;
  if (!words.is_dry_run)
    std::cerr << "app password " << name << " of " << user << " is added; it is shown this once:\n";
  out << password.view() << '\n';
  return kDone;
}

int change(const Words& words, const Invocation& invocation, const std::string& sql,
           const std::string& done) {
  const std::string name = name_of(words);
  const std::string user = fold_case(words.user);
  write_rows(invocation, kAppPasswords, words.is_dry_run, [&](mysql::Connection& database, Changes& changes) {
    if (!has_row(database, user, name)) {
      throw Refused(printable(user, kMaxShownBytes) + " has no app password " + name +
                    "; extmailctl app-password list shows those there are");
    }
    changes.add(sql + " WHERE username = ? AND name = ?", {user, name});
  });
  if (!words.is_dry_run)
    std::cout << "app password " << name << " of " << printable(user, kMaxShownBytes) << ' ' << done << '\n';
  return kDone;
}

}  // namespace

void add_app_password(CLI::App& app, Invocation& invocation) {
  const auto words = std::make_shared<Words>();
  auto* passwords = app.add_subcommand("app-password", "Administers further passwords of mailboxes");
  passwords->require_subcommand(1);
  auto* listed = passwords->add_subcommand("list", "Lists them, without the passwords");
  listed->add_option("USER", words->user, "Only those of one mailbox")->type_name("MAILBOX");
  listed->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return list(*words, invocation); }; });
  const auto add_writer = [&](const char* name, const char* description, auto run) {
    auto* command = passwords->add_subcommand(name, description);
    command->add_option("USER", words->user, "The mailbox")->type_name("MAILBOX")->required();
    command->add_option("NAME", words->name, "What it is for: phone, laptop")->required();
    command->add_flag("-n,--dry-run", words->is_dry_run, "Show the SQL that would be run, and run nothing");
    command->callback([words, &invocation, run] {
      invocation.run = [words, &invocation, run] { return run(*words, invocation); };
    });
    return command;
  };
  auto* added = add_writer("add", "Makes one, and shows it once", add);
  added->add_option("--services", words->services, "What it is good for: imap,smtp; all by default")
      ->type_name("SERVICE,...");
  added->add_option("--networks", words->networks, "Where from: 192.0.2.0/24,local; everywhere by default");
  added->add_option("--expires", words->expires, "The first day that it is no good")
      ->type_name("DATE")
      ->capture_default_str();
  const auto add_change = [&](const char* name, const char* description, std::string sql, std::string done) {
    add_writer(name, description,
               [sql = std::move(sql), done = std::move(done)](const Words& given, const Invocation& by) {
                 return change(given, by, sql, done);
               });
  };
  add_change("delete", "Deletes one", "DELETE FROM extmail_app_password", "is deleted");
  add_change("enable", "Sets active = 1", "UPDATE extmail_app_password SET active = 1", "is enabled");
  add_change("disable", "Sets active = 0", "UPDATE extmail_app_password SET active = 0", "is disabled");
}

}  // namespace extmail::ctl
