// SPDX-License-Identifier: MIT
#include "ctl/objects/mailbox_references.hpp"

#include "core/address.hpp"
#include "ctl/database.hpp"
#include "ctl/objects/goto_list.hpp"
#include "ctl/objects/object_list.hpp"

#include <algorithm>
#include <array>

namespace extmail::ctl {
namespace {

constexpr const char* kMend = "UPDATE alias SET goto = ? WHERE address = ?";

/// Those whose goto means the mailbox: where an alias has its name, only that one.
std::vector<LeadingAlias> aliases_of(mysql::Connection& database, const std::string& username) {
  auto aliases = aliases_leading_to(database, username);
  const auto own = database.query("SELECT address FROM alias WHERE address = ? FOR UPDATE", {username});
  const bool has_own = std::any_of(own.begin(), own.end(), [&](const mysql::Row& row) {
    return row.front() && same_key(*row.front(), username);
  });
  if (has_own) std::erase_if(aliases, [&](const auto& alias) { return !same_key(alias.address, username); });
  return aliases;
}

struct Extension {
  const char* table;
  const char* column;
  const char* name;
};
constexpr std::array<Extension, 3> kExtensions{{{"extmail_app_password", "username", "app passwords"},
                                                {"extmail_user_field", "username", "fields"},
                                                {"extmail_policy", "subject", "policies"}}};

std::string with_domain(const std::string& entry, const std::string& from, const std::string& to) {
  const std::size_t at = entry.rfind('@');
  if (at == std::string::npos || !same_key(std::string_view(entry).substr(at + 1), from)) return entry;
  return entry.substr(0, at + 1) + to;
}

}  // namespace

void move_policies(mysql::Connection& database, const std::string& from, const std::string& to,
                   Changes& changes) {
  if (!has_table(database, "extmail_policy")) return;
  // The column's own collation takes accents for nothing: these are somebody else's.
  const std::string ours = " WHERE LOWER(subject) COLLATE utf8mb4_bin = LOWER(?)";
  changes.add("UPDATE IGNORE extmail_policy SET subject = ?" + ours, {to, from});
  changes.add("DELETE FROM extmail_policy" + ours, {from});
}

std::vector<Reference> references_to_mailbox(mysql::Connection& database, const std::string& username) {
  std::vector<Reference> references;
  for (auto& [address, leads_to] : aliases_of(database, username)) {
    leads_to.remove(username);
    if (leads_to.is_empty()) {
      references.push_back({.text = "alias " + address + " leads to it, and nowhere else",
                            .sql = "DELETE FROM alias WHERE address = ?",
                            .values = {address}});
    } else {
      references.push_back({.text = "alias " + address + " leads to it",
                            .sql = kMend,
                            .values = {leads_to.stored(), address}});
    }
  }
  for (const auto& each : kExtensions) {
    if (!has_table(database, each.table)) continue;
    const std::string from = std::string(" FROM ") + each.table + " WHERE " + each.column + " = ?";
    const std::string count =
        database.query("SELECT COUNT(*)" + from, {username}).front().front().value_or("0");
    if (count == "0") continue;
    references.push_back({.text = "its " + std::string(each.name) + ": " + count,
                          .sql = "DELETE" + from,
                          .values = {username},
                          .goes_along = true});
  }
  return references;
}

void rename_references_to_mailbox(mysql::Connection& database, const std::string& from, const std::string& to,
                                  Changes& changes) {
  for (auto& [address, leads_to] : aliases_of(database, from)) {
    leads_to.replace(from, to);
    changes.add(kMend, {leads_to.stored(), address});
  }
}

void rename_references_to_domain(mysql::Connection& database, const std::string& from, const std::string& to,
                                 Changes& changes) {
  const auto rows = database.query(
      "SELECT address, goto FROM alias WHERE LOWER(goto) LIKE ? ESCAPE '|' ORDER BY address FOR UPDATE",
      {"%@" + like_pattern(fold_case(from)) + '%'});
  for (const auto& row : rows) {
    const auto old = GotoList::of_stored(row[1].value_or(""));
    GotoList renamed;
    for (const auto& entry : old.entries())
      renamed.add(with_domain(entry, from, to));
    if (row[0] && renamed.entries() != old.entries()) changes.add(kMend, {renamed.stored(), *row[0]});
  }
  if (!has_table(database, "extmail_policy")) return;
  const std::string ours =
      " WHERE LOWER(RIGHT(subject, CHAR_LENGTH(?) + 1)) COLLATE utf8mb4_bin = LOWER(CONCAT('@', ?))";
  changes.add(
      "UPDATE IGNORE extmail_policy SET subject = CONCAT(LEFT(subject, CHAR_LENGTH(subject) - "
      "CHAR_LENGTH(?)), ?)" +
          ours,
      {from, to, from, from});
  changes.add("DELETE FROM extmail_policy" + ours, {from, from});
}

}  // namespace extmail::ctl
