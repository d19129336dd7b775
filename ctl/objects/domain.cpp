// SPDX-License-Identifier: MIT
#include "ctl/objects/domain.hpp"

#include "core/address.hpp"
#include "core/printable.hpp"
#include "ctl/command.hpp"
#include "ctl/maildir/domain_folder.hpp"
#include "ctl/objects/mailbox_references.hpp"
#include "ctl/objects/object_commands.hpp"
#include "ctl/problem.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

using Kind = FieldKind;

std::vector<Field> domain_fields() {
  return {
      {"description", Kind::Text, "What it is, for people", "", true},
      {"maxusers", Kind::Count, "How many mailboxes it may have; 0: any number", "0", true},
      {"maxalias", Kind::Count, "How many aliases it may have; 0: any number", "0", true},
      {"maxquota", Kind::Size, "What the quotas of its mailboxes may add up to", "0S", true},
      {"maxnetdiskquota", Kind::Size, "The same of their net disks", "0S"},
      {"transport", Kind::Text, "Postfix transport of its mail, as smtp:[host]; empty: delivered here", ""},
      {"can_signup", Kind::Flag, "Strangers may open mailboxes on ExtMail's page", "0"},
      {"hashdirpath", Kind::Text, "Folder of its maildirs in ISP mode, as BD/98", ""},
      {"default_quota", Kind::Size, "Quota of a new mailbox", "104857600S"},
      {"default_netdiskquota", Kind::Size, "Net disk of a new mailbox", "104857600S"},
      {"default_expire", Kind::Period, "How long a new mailbox lives: 1y, 6m, 30d, never", "0", false, 12},
      {"disablesmtpd", Kind::Flag, "New mailboxes may not log in to send", "0"},
      {"disablesmtp", Kind::Flag, "New mailboxes may not receive", "0"},
      {"disablewebmail", Kind::Flag, "New mailboxes may not use the webmail", "0"},
      {"disablenetdisk", Kind::Flag, "New mailboxes have no net disk", "0"},
      {"disableimap", Kind::Flag, "New mailboxes may not use IMAP", "0"},
      {"disablepop3", Kind::Flag, "New mailboxes may not use POP3", "0"},
      {"expiredate", Kind::Date, "The first day that it is no more served", "0000-00-00", true},
      {"active", Kind::Flag, "It is served", "1", true},
  };
}

/// A table with a domain in it, and what its rows are called where there are some.
struct Content {
  const char* table;
  const char* name;
  bool must_go;
};
// ExtMan refuses to delete a domain that has mailboxes or aliases, and leaves what its managers had.
constexpr std::array<Content, 3> kContents{{{"mailbox", "mailboxes", true},
                                            {"alias", "aliases", true},
                                            {"domain_manager", "rights of managers", false}}};

}  // namespace

Domain::Domain() : Object("domain", "domain", "domain", domain_fields()) {}

std::string Domain::to_key(std::string_view given) const {
  auto domain = parse_domain(given);
  if (!domain || domain->find_first_of(" /\\") != std::string::npos || domain->front() == '.')
    throw Misuse('"' + printable(given, 256) + "\" is no domain name");
  return std::move(*domain);
}

void Domain::complete(const Context& /*context*/, const Values& /*given*/, Values& values) const {
  values["createdate"] = creation_date();
}

void Domain::check_change(const Context& /*context*/, const Values& /*old*/,
                          const Values& /*changed*/) const {
  // A limit below what is there binds those who come later only, as in ExtMan.
}

std::vector<Reference> Domain::references(const Context& context, const std::string& key) const {
  std::vector<Reference> references;
  for (const auto& content : kContents) {
    const std::string from = std::string(" FROM ") + content.table + " WHERE domain = ?";
    const std::string count =
        context.database.query("SELECT COUNT(*)" + from, {key}).front().front().value_or("0");
    if (count == "0") continue;
    references.push_back({std::string(content.name) + ": " + count, content.must_go, "DELETE" + from, {key}});
    if (content.table == std::string_view("mailbox"))
      references.push_back({.text = "the mail of these mailboxes"});
  }
  return references;
}

void Domain::add_rename_options(CLI::App& rename) {
  rename.add_flag("--no-maildir", is_without_maildirs_, "Leave the mail where it is");
}

void Domain::rename(const Context& context, const Values& old, const std::string& key,
                    Changes& changes) const {
  const auto& from = old.at("domain");
  const mysql::Row names{key, from};
  rename_references_to_domain(context.database, *from, key, changes);
  plan_domain_move(context.database, context.settings.mail.location,
                   {.from = *from,
                    .to = key,
                    .hash_dir_path = old.at("hashdirpath").value_or(""),
                    .keeps_folder = is_without_maildirs_},
                   changes);
  changes.add("UPDATE domain SET domain = ? WHERE domain = ?", names);
  changes.add(
      "UPDATE mailbox SET username = CONCAT(SUBSTRING_INDEX(username, '@', 1), '@', ?), domain = ? WHERE "
      "domain = ?",
      {key, key, from});
  changes.add(
      "UPDATE alias SET address = CONCAT(SUBSTRING_INDEX(address, '@', 1), '@', ?), domain = ? WHERE domain "
      "= ?",
      {key, key, from});
  changes.add("UPDATE domain_manager SET domain = ? WHERE domain = ?", names);
}

void add_domain(CLI::App& app, Invocation& invocation) {
  add_object_commands(app, invocation, std::make_shared<Domain>());
}

}  // namespace extmail::ctl
