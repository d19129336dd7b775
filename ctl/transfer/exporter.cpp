// SPDX-License-Identifier: MIT
#include "ctl/transfer/exporter.hpp"

#include "ctl/problem.hpp"
#include "ctl/transfer/json_lines.hpp"
#include "mysql/transaction.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <string>

namespace extmail::ctl::transfer {
namespace {

std::set<std::string> tables_of(mysql::Connection& database) {
  std::set<std::string> names;
  for (auto& row :
       database.query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()", {}))
    names.insert(row.front().value_or(""));
  return names;
}

/// Not the suite's own, which a database need not have.
bool is_of_extmail(const Table& table) {
  return !table.table.starts_with("extmail_");
}

}  // namespace

std::vector<const Table*> Exporter::chosen() {
  const auto present = tables_of(database_);
  const auto is_there = [&](const Table& table) { return present.contains(std::string(table.table)); };
  const auto require = [&](const Table& table) {
    if (!is_there(table)) {
      throw Refused("this database has no table " + std::string(table.table) +
                    ", or this account has no right to it; name the tables to export others");
    }
  };
  for (const auto* table : options_.tables)
    require(*table);
  if (!options_.tables.empty()) return options_.tables;
  std::vector<const Table*> all;
  for (const auto& table : tables()) {
    // An account that may not read mailbox does not see it: a backup without it must not look whole.
    if (is_of_extmail(table)) require(table);
    if (is_there(table)) all.push_back(&table);
  }
  return all;
}

std::uint64_t Exporter::count() {
  std::uint64_t count = 0;
  for (const auto* table : chosen()) {
    const auto rows = database_.query("SELECT COUNT(*) FROM " + std::string(table->table), {});
    count += std::stoull(rows.front().front().value_or("0"));
  }
  return count;
}

void Exporter::write(std::ostream& out, const std::function<void(std::uint64_t)>& watch) {
  const auto all = chosen();
  const mysql::Transaction snapshot(database_);
  for (const auto* table : all)
    write_table(out, *table, watch);
  out.flush();
}

void Exporter::write_table(std::ostream& out, const Table& table,
                           const std::function<void(std::uint64_t)>& watch) {
  std::vector<const Column*> columns;
  for (const auto& column : table.columns) {
    if (options_.has_passwords || !column.is_secret) columns.push_back(&column);
  }
  const bool is_csv = options_.format == Format::Csv;
  std::string sql = "SELECT ";
  std::string title;
  for (const auto* column : columns) {
    sql.append(column == columns.front() ? "" : ", ").append(column->name);
    title.append(column == columns.front() ? "" : ",").append(column->name);
  }
  sql.append(" FROM ").append(table.table).append(" ORDER BY ");
  for (const auto key : table.keys)
    sql.append(key == table.keys.front() ? "" : ", ").append(key);
  if (is_csv) out << title << "\r\n";
  database_.for_each(sql, {}, [&](mysql::Row& row) {
    if (is_csv) {
      for (std::size_t i = 0; i < row.size(); ++i)
        out << (i == 0 ? "" : ",") << csv_field(row[i]);
      out << "\r\n";
    } else {
      out << json_line(table, columns, row) << '\n';
    }
    watch(++rows_);
  });
}

}  // namespace extmail::ctl::transfer
