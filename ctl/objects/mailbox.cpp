// SPDX-License-Identifier: MIT
#include "ctl/objects/mailbox.hpp"

#include "core/address.hpp"
#include "core/printable.hpp"
#include "core/quota.hpp"
#include "ctl/command.hpp"
#include "ctl/maildir/mailbox_folders.hpp"
#include "ctl/objects/mailbox_limits.hpp"
#include "ctl/objects/mailbox_references.hpp"
#include "ctl/objects/mailbox_rules.hpp"
#include "ctl/objects/object_commands.hpp"
#include "ctl/problem.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

using Kind = FieldKind;

/// Without an initial value: the domain's template has one, or [mail] of extmail.toml.
std::vector<Field> mailbox_fields() {
  return {
      {"name", Kind::Text, "Who it is, for people", "", true},
      {"quota", Kind::Size, "How much mail it may have; by default as its domain says", {}, true},
      {"netdiskquota", Kind::Size, "The same of its net disk", {}},
      {"expiredate",
       Kind::Date,
       "The first day that it is no more served; by default as its domain says",
       {},
       true},
      {"active", Kind::Flag, "It is served", "1", true},
      {"disablesmtpd",
       Kind::Flag,
       "May not log in to send; this and the next by default as its domain says",
       {}},
      {"disablesmtp", Kind::Flag, "May not receive", {}},
      {"disablewebmail", Kind::Flag, "May not use the webmail", {}},
      {"disablenetdisk", Kind::Flag, "Has no net disk", {}},
      {"disableimap", Kind::Flag, "May not use IMAP", {}},
      {"disablepop3", Kind::Flag, "May not use POP3", {}},
      {"disablepwdchange", Kind::Flag, "May not change its password in the webmail", "0"},
      {"mailhost", Kind::Text, "Host that has its mail, where it is another one", ""},
      {"maildir", Kind::Text, "Where its mail is, below the mail base; by default domain/user/Maildir/", {}},
      {"homedir", Kind::Text, "Its home folder; by default domain/user", {}},
      {"uidnumber",
       Kind::Count,
       "Who owns its mail, unless [mail] of extmail.toml says; 1000 as in ExtMan",
       {}},
      {"gidnumber", Kind::Count, "The group of that", {}},
  };
}

/// The columns of a domain's template, and of mailbox what they are for.
struct Template {
  const char* domain;
  const char* mailbox;
  const char* otherwise;  ///< where the domain has nothing, or NULL
};
constexpr std::array<Template, 8> kTemplate{{{"default_quota", "quota", "0S"},
                                             {"default_netdiskquota", "netdiskquota", "0S"},
                                             {"disablesmtpd", "disablesmtpd", "0"},
                                             {"disablesmtp", "disablesmtp", "0"},
                                             {"disablewebmail", "disablewebmail", "0"},
                                             {"disablenetdisk", "disablenetdisk", "0"},
                                             {"disableimap", "disableimap", "0"},
                                             {"disablepop3", "disablepop3", "0"}}};

/// Of ExtMan's own configuration.
constexpr const char* kDefaultId = "1000";

std::string id_of(std::optional<std::uint32_t> configured) {
  return configured ? std::to_string(*configured) : kDefaultId;
}

std::chrono::year_month_day today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  if (localtime_r(&now, &parts) == nullptr)
    return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  return {std::chrono::year(parts.tm_year + 1900),
          std::chrono::month(static_cast<unsigned>(parts.tm_mon) + 1),
          std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
}

/// A key that is in the database, or could be.
Address address_of(const std::string& key) {
  auto address = parse_address(key);
  if (!address) throw Misuse('"' + printable(key, 256) + "\" is no address of a mailbox");
  return std::move(*address);
}

Values existing_domain(const Object::Context& context, const std::string& name) {
  auto domain = lock_domain(context.database, name);
  if (!domain) throw Refused("there is no domain " + name + "; add it first: extmailctl domain add " + name);
  return std::move(*domain);
}

Answer<MailLocation> locate(const Object::Context& context, const Values& values) {
  mysql::Row row;
  for (const char* column : {"username", "maildir", "homedir", "uidnumber", "gidnumber"})
    row.push_back(values.at(column));
  return location_of(row, context.settings.mail.location);
}

/// Refuses what the daemons would: paths that lead out of the mail base or into another domain, ids of the system.
MailLocation usable_location(const Object::Context& context, const Values& values) {
  auto location = locate(context, values);
  if (!location.is_found()) throw Refused(location.reason());
  return std::move(location).value();
}

bool is_elsewhere(const Values& values) {
  return !values.at("mailhost").value_or("").empty();
}

bool grows(const std::optional<std::string>& old, const std::optional<std::string>& changed) {
  const auto bytes = [](const auto& text) { return parse_quota(text.value_or("")).bytes.value_or(0); };
  return bytes(old) != 0 && (bytes(changed) == 0 || bytes(changed) > bytes(old));
}

}  // namespace

Mailbox::Mailbox() : Object("mailbox", "mailbox", "username", mailbox_fields()) {}

std::string Mailbox::to_key(std::string_view given) const {
  return address_of(std::string(given)).text();
}

void Mailbox::add_options(CLI::App& add) {
  password_.add_options(add, "--password-stdin");
  add.add_flag("--no-maildir", is_without_maildir_, "Leave it to somebody else to make the maildir");
}

void Mailbox::add_rename_options(CLI::App& rename) {
  rename.add_flag("--no-maildir", is_without_maildir_, "Leave the mail where it is");
}

void Mailbox::add_removal_options(CLI::App& removal) {
  removal.add_flag("--files", removes_files_, "Delete its mail, too");
}

void Mailbox::ask(const std::string& key) {
  const Address address = address_of(key);
  check_new_address(address);
  password_.take(address.local);
}

void Mailbox::complete(const Context& context, const Values& given, Values& values) const {
  const Address address = address_of(*values.at("username"));
  check_new_address(address);
  const Values domain = existing_domain(context, address.domain);
  const auto set_unless_given = [&](const char* column, std::string value) {
    if (given.find(column) == given.end()) values[column] = std::move(value);
  };
  for (const auto& each : kTemplate) {
    std::string value = domain.at(each.domain).value_or("");
    set_unless_given(each.mailbox, value.empty() || value == "0" ? each.otherwise : std::move(value));
  }
  set_unless_given("expiredate", expiry_after(domain.at("default_expire").value_or(""), today()));
  const auto paths = new_mail_paths(address, domain.at("hashdirpath").value_or(""));
  set_unless_given("maildir", paths.maildir);
  set_unless_given("homedir", paths.homedir);
  set_unless_given("uidnumber", id_of(context.settings.mail.location.uid));
  set_unless_given("gidnumber", id_of(context.settings.mail.location.gid));
  check_room_for_mailbox(context.database, domain);
  check_quotas(context.database, domain, address.text(), values);
  (void)usable_location(context, values);
  values["uid"] = address.local;
  values["domain"] = address.domain;
  values["password"] = std::string(password_.hash().view());
  values["clearpwd"] = "";
  values["question"] = "";
  values["answer"] = "";
  values["createdate"] = creation_date();
}

void Mailbox::added(const Context& context, const Values& values, Changes& changes) const {
  if (is_without_maildir_ || is_elsewhere(values)) return;
  plan_creation(context.settings.mail.location.base, usable_location(context, values), changes);
}

void Mailbox::check_change(const Context& context, const Values& old, const Values& changed) const {
  const std::string& username = *old.at("username");
  Values grown;
  for (const char* column : {"quota", "netdiskquota"}) {
    const auto found = changed.find(column);
    if (found != changed.end() && grows(old.at(column), found->second)) grown.insert(*found);
  }
  if (!grown.empty()) {
    if (const auto domain = lock_domain(context.database, address_of(username).domain))
      check_quotas(context.database, *domain, username, grown);
  }
  Values values = old;
  bool is_moved = false;
  for (const char* column : {"maildir", "homedir", "uidnumber", "gidnumber"}) {
    const auto found = changed.find(column);
    if (found == changed.end()) continue;
    values[column] = found->second;
    is_moved = true;
  }
  if (is_moved) (void)usable_location(context, values);
}

std::vector<Reference> Mailbox::references(const Context& context, const std::string& key) const {
  auto references = references_to_mailbox(context.database, key);
  if (removes_files_) {
    references.push_back({.text = "its mail", .goes_along = true});
  } else {
    references.push_back({.text = "its mail, without --files"});
  }
  return references;
}

void Mailbox::removed(const Context& context, const Values& old, Changes& changes) const {
  if (!removes_files_) return;
  if (is_elsewhere(old))
    throw Refused("its mail is on " + printable(*old.at("mailhost"), 256) +
                  ": delete it there, and the row without --files");
  plan_removal(context.database, context.settings.mail.location, *old.at("username"),
               usable_location(context, old), changes);
}

void Mailbox::rename(const Context& context, const Values& old, const std::string& key,
                     Changes& changes) const {
  const Address from = address_of(*old.at("username"));
  const Address to = address_of(key);
  check_new_address(to);
  const Values domain = existing_domain(context, to.domain);
  if (to.domain != from.domain) {
    check_room_for_mailbox(context.database, domain);
    check_quotas(context.database, domain, key, old);
  }
  Values values = old;
  values["username"] = key;
  const MailPaths old_paths{old.at("maildir").value_or(""), old.at("homedir").value_or("")};
  const auto paths = is_without_maildir_
                         ? kept_mail_paths(old_paths, from)
                         : renamed_mail_paths(old_paths, from, to, domain.at("hashdirpath").value_or(""));
  values["maildir"] = paths.maildir;
  values["homedir"] = paths.homedir;
  const auto location = usable_location(context, values);
  changes.add(
      "UPDATE mailbox SET username = ?, uid = ?, domain = ?, maildir = ?, homedir = ? WHERE username = ?",
      {key, to.local, to.domain, values.at("maildir"), values.at("homedir"), old.at("username")});
  rename_references_to_mailbox(context.database, *old.at("username"), key, changes);
  const auto before = locate(context, old);
  if (is_without_maildir_ || !before.is_found()) return;
  if (!is_elsewhere(old)) {
    plan_move(context.database, context.settings.mail.location, {"username", *old.at("username")},
              before.value(), location, changes);
  } else if (before.value().home != location.home) {
    changes.note("its mail is on " + printable(*old.at("mailhost"), 256) + ": move " + before.value().home +
                 " to " + location.home + " there, or it will seem to be empty");
  }
}

void add_mailbox(CLI::App& app, Invocation& invocation) {
  add_object_commands(app, invocation, std::make_shared<Mailbox>());
}

}  // namespace extmail::ctl
