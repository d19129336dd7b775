// SPDX-License-Identifier: MIT
#include "ctl/objects/manager.hpp"

#include "core/address.hpp"
#include "core/printable.hpp"
#include "ctl/command.hpp"
#include "ctl/objects/mailbox_limits.hpp"
#include "ctl/objects/object_commands.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

using Kind = FieldKind;

constexpr std::size_t kMaxShownBytes = 256;
constexpr std::size_t kMaxNameBytes = 255;  // of the column

std::vector<Field> manager_fields() {
  return {
      {"type", Kind::Choice, "postmaster: of the domains given; admin: of everything", "postmaster", true, 64,
       "postmaster|admin"},
      {"name", Kind::Text, "Who it is, for people", "", true},
      {"expiredate", Kind::Date, "His day of expiry, as ExtMan has it", "0000-00-00", true},
      {"disablepwdchange", Kind::Flag, "May not change his password in ExtMan", "0"},
      {"active", Kind::Flag, "May log in to ExtMan", "1", true},
  };
}

std::string domain_of(std::string_view given) {
  auto domain = parse_domain(given);
  if (!domain) throw Misuse('"' + printable(given, kMaxShownBytes) + "\" is no domain name");
  return std::move(*domain);
}

struct Rights {
  std::vector<std::string> domains;
  bool has_blank = false;  ///< the row that ExtMan keeps for who has none
};

Rights rights_of(const Object::Context& context, const std::string& username) {
  Rights rights;
  for (auto& row : context.database.query("SELECT domain FROM domain_manager WHERE username = ? FOR UPDATE",
                                          {username})) {
    if (row.front()->empty())
      rights.has_blank = true;
    else
      rights.domains.push_back(std::move(*row.front()));
  }
  return rights;
}

/// Rows of somebody who had the name before, and is gone: whoever gets it now shall not have what was his.
void drop_left_behind(const Object::Context& context, const std::string& username, Changes& changes) {
  const auto rights = rights_of(context, username);
  if (rights.domains.empty() && !rights.has_blank) return;
  changes.add("DELETE FROM domain_manager WHERE username = ?", {username});
  if (!rights.domains.empty()) {
    changes.note("rights that an earlier manager of that name left behind go, on domains: " +
                 std::to_string(rights.domains.size()));
  }
}

auto find(std::vector<std::string>& domains, const std::string& wanted) {
  return std::find_if(domains.begin(), domains.end(),
                      [&](const std::string& domain) { return same_key(domain, wanted); });
}

void give(const std::string& username, const std::string& domain, Changes& changes) {
  changes.add("INSERT INTO domain_manager (username, domain, createdate, active) VALUES (?, ?, ?, 1)",
              {username, domain, creation_date()});
}

void check_exists(const Object::Context& context, const std::string& domain) {
  if (!lock_domain(context.database, domain))
    throw Refused("there is no domain " + domain + "; add it first: extmailctl domain add " + domain);
}

bool is_active_admin(const Values& values) {
  const std::string expires = values.at("expiredate").value_or("");
  const bool has_ended =
      !expires.empty() && expires != "0000-00-00" && expires <= creation_date().substr(0, expires.size());
  return values.at("type").value_or("") == "admin" && values.at("active").value_or("") == "1" && !has_ended;
}

void note_last_admin(const Object::Context& context, const std::string& username, Changes& changes) {
  const auto others = context.database.query(
      "SELECT COUNT(*) FROM manager WHERE type = 'admin' AND active = 1 AND username <> ? "
      "AND (expiredate = '0000-00-00' OR expiredate > CURDATE())",
      {username});
  if (others.front().front().value_or("0") != "0") return;
  changes.note("no other admin is active: nobody can then administer all of ExtMan, but extmailctl can");
}

}  // namespace

Manager::Manager() : Object("manager", "manager", "username", manager_fields()) {}

std::optional<Object::Derived> Manager::derived() const {
  return Derived{"domains",
                 "(SELECT GROUP_CONCAT(d.domain ORDER BY d.domain SEPARATOR ',') FROM domain_manager d "
                 "WHERE d.username = manager.username AND d.domain <> '')"};
}

std::string_view Manager::domain_condition() const {
  return "EXISTS (SELECT 1 FROM domain_manager d WHERE d.username = manager.username AND d.domain = ?)";
}

std::string Manager::to_key(std::string_view given) const {
  const auto address = parse_address(given);
  if (!address || address->text().size() > kMaxNameBytes)
    throw Misuse('"' + printable(given, kMaxShownBytes) +
                 "\" is no name of a manager: ExtMan has addresses, as root@example.org");
  return address->text();
}

void Manager::add_options(CLI::App& add) {
  password_.add_options(add, "--password-stdin");
  add.add_option("--domains", added_, "Domains that he administers, as a postmaster")
      ->type_name("DOMAIN")
      ->delimiter(',');
}

void Manager::add_change_options(CLI::App& modify) {
  modify.add_option("--add-domain", added_, "Domains that he shall administer as well")
      ->type_name("DOMAIN")
      ->delimiter(',');
  modify.add_option("--remove-domain", removed_, "Domains that he shall administer no more")
      ->type_name("DOMAIN")
      ->delimiter(',');
}

bool Manager::has_change_options() const {
  return !added_.empty() || !removed_.empty();
}

void Manager::ask(const std::string& key) {
  for (const auto& domain : added_)
    (void)domain_of(domain);
  password_.take(parse_address(key)->local);
}

void Manager::complete(const Context& /*context*/, const Values& /*given*/, Values& values) const {
  values["uid"] = parse_address(*values.at("username"))->local;
  values["password"] = std::string(password_.hash().view());
  values["question"] = "";
  values["answer"] = "";
  values["createdate"] = creation_date();
}

void Manager::added(const Context& context, const Values& values, Changes& changes) const {
  const std::string& username = *values.at("username");
  drop_left_behind(context, username, changes);
  std::vector<std::string> given;
  for (const auto& word : added_) {
    std::string domain = domain_of(word);
    if (find(given, domain) != given.end()) continue;
    check_exists(context, domain);
    give(username, domain, changes);
    given.push_back(std::move(domain));
  }
  if (given.empty()) give(username, "", changes);
}

void Manager::revise(const Context& context, const Values& old, Values& changed, Changes& changes) const {
  const std::string& username = *old.at("username");
  if (has_change_options()) {
    auto [domains, has_blank] = rights_of(context, username);
    for (const auto& word : added_) {
      std::string domain = domain_of(word);
      if (find(domains, domain) != domains.end()) throw Refused("he administers " + domain + " already");
      check_exists(context, domain);
      give(username, domain, changes);
      domains.push_back(std::move(domain));
    }
    for (const auto& word : removed_) {
      const std::string domain = domain_of(word);
      const auto found = find(domains, domain);
      if (found == domains.end())
        throw Refused("he does not administer " + domain + "; extmailctl manager show says what he does");
      changes.add("DELETE FROM domain_manager WHERE username = ? AND domain = ?", {username, *found});
      // ExtMan may have written the right twice, and both are gone now.
      std::erase_if(domains, [&](const std::string& each) { return same_key(each, domain); });
    }
    if (has_blank && !domains.empty())
      changes.add("DELETE FROM domain_manager WHERE username = ? AND domain = ''", {username});
    if (!has_blank && domains.empty()) give(username, "", changes);
  }
  Values values = old;
  for (const auto& [column, value] : changed)
    values.insert_or_assign(column, value);
  if (is_active_admin(old) && !is_active_admin(values)) note_last_admin(context, username, changes);
}

void Manager::check_change(const Context& /*context*/, const Values& /*old*/,
                           const Values& /*changed*/) const {
  // What a change needs to be checked for, revise() has seen.
}

std::vector<Reference> Manager::references(const Context& context, const std::string& key) const {
  const auto rights = rights_of(context, key);
  if (rights.domains.empty()) return {};
  return {{.text = "rights on domains: " + std::to_string(rights.domains.size()),
           .sql = "DELETE FROM domain_manager WHERE username = ?",
           .values = {key},
           .goes_along = true}};
}

void Manager::removed(const Context& context, const Values& old, Changes& changes) const {
  const std::string& username = *old.at("username");
  if (is_active_admin(old)) note_last_admin(context, username, changes);
  // The blank row that is left is nobody's business.
  if (rights_of(context, username).domains.empty())
    changes.add("DELETE FROM domain_manager WHERE username = ?", {username});
}

void Manager::rename(const Context& context, const Values& old, const std::string& key,
                     Changes& changes) const {
  const auto& from = old.at("username");
  // Where the database takes both names for one, by an accent that one of them lacks, the rights are his own.
  if (context.database.query("SELECT 1 FROM manager WHERE username = ?", {key}).empty())
    drop_left_behind(context, key, changes);
  changes.add("UPDATE manager SET username = ?, uid = ? WHERE username = ?",
              {key, parse_address(key)->local, from});
  changes.add("UPDATE domain_manager SET username = ? WHERE username = ?", {key, from});
}

void add_manager(CLI::App& app, Invocation& invocation) {
  add_object_commands(app, invocation, std::make_shared<Manager>());
}

}  // namespace extmail::ctl
