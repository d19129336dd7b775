// SPDX-License-Identifier: MIT
#include "ctl/extensions/extension.hpp"

#include "core/address.hpp"
#include "core/network.hpp"
#include "core/printable.hpp"
#include "ctl/database.hpp"
#include "ctl/objects/field.hpp"
#include "ctl/problem.hpp"
#include "ctl/settings.hpp"
#include "mysql/error.hpp"
#include "mysql/transaction.hpp"

#include <iostream>
#include <memory>
#include <string_view>
#include <utility>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxShownBytes = 256;

std::unique_ptr<mysql::Connection> open_extension(const Invocation& invocation, const Extension& extension) {
  const Settings settings = read_settings(invocation.config);
  auto database = open_database(settings.database);
  if (!has_table(*database, extension.table)) {
    throw mysql::DatabaseError(mysql::DatabaseError::Kind::Misconfigured,
                               std::string("there is no table ") + extension.table +
                                   ", or this account has no right to it: load " + extension.file +
                                   " into the database, then sql/grants.sql");
  }
  return database;
}

}  // namespace

int list_rows(const Invocation& invocation, const Extension& extension,
              const std::vector<ListedColumn>& columns,
              const std::vector<std::pair<std::string, std::string>>& conditions, const std::string& order) {
  std::string sql;
  std::vector<Report::Column> shown;
  for (const auto& column : columns) {
    sql += (sql.empty() ? "SELECT " : ", ") + column.name;
    shown.push_back({column.name, column.kind});
  }
  sql += std::string(" FROM ") + extension.table + " WHERE TRUE";
  std::vector<std::string_view> values;
  for (const auto& [condition, value] : conditions) {
    sql += " AND " + condition;
    values.emplace_back(value);
  }
  Report report(std::move(shown));
  const auto database = open_extension(invocation, extension);
  database->for_each(sql + " ORDER BY " + order, values, [&](mysql::Row& row) {
    std::vector<Report::Cell> cells;
    for (auto& value : row)
      cells.push_back({std::move(value)});
    report.add(std::move(cells));
  });
  report.write_list(invocation.output());
  return kDone;
}

void write_rows(const Invocation& invocation, const Extension& extension, bool is_dry_run,
                const std::function<void(mysql::Connection&, Changes&)>& gather) {
  const auto database = open_extension(invocation, extension);
  mysql::Transaction transaction(*database);
  Changes changes;
  gather(*database, changes);
  for (const auto& note : changes.notes())
    std::cerr << "note: " << note << '\n';
  if (is_dry_run) return changes.show(std::cout);
  changes.run(*database);
  transaction.commit();
}

std::string existing_mailbox(mysql::Connection& database, const std::string& given) {
  const auto address = parse_address(given);
  if (!address) throw Misuse('"' + printable(given, kMaxShownBytes) + "\" is no address: write user@domain");
  const std::string name = address->text();
  const auto rows = database.query("SELECT username FROM mailbox WHERE username = ? FOR UPDATE", {name});
  for (const auto& row : rows) {
    if (row.front() && same_key(*row.front(), name)) return *row.front();
  }
  throw no_such("mailbox", name);
}

std::string checked_text(const char* column, const std::string& given, std::size_t max_characters) {
  return to_stored({column, FieldKind::Text, "", {}, false, max_characters}, given);
}

std::string checked_networks(const char* column, const std::string& given) {
  constexpr std::size_t kMaxCharacters = 1024;
  const auto networks = NetworkList::parse(given);
  if (!networks.is_found()) throw Misuse(std::string(column) + ": " + networks.reason());
  return checked_text(column, given, kMaxCharacters);
}

}  // namespace extmail::ctl
