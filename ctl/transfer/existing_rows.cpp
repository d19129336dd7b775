// SPDX-License-Identifier: MIT
#include "ctl/transfer/existing_rows.hpp"

#include "ctl/transfer/check.hpp"

#include <string_view>

namespace extmail::ctl::transfer {

std::map<std::string, Record> find_existing(mysql::Connection& database, std::span<const Record> records,
                                            bool is_writing) {
  std::map<std::string, Record> existing;
  if (records.empty()) return existing;
  const Table& table = *records.front().table;
  std::string sql = "SELECT ";
  for (const auto& column : table.columns)
    sql.append(&column == &table.columns.front() ? "" : ", ").append(column.name);
  sql.append(" FROM ").append(table.table).append(" WHERE (");
  std::string marks = "(";
  for (const auto key : table.keys) {
    sql.append(key == table.keys.front() ? "" : ", ").append(key);
    marks += key == table.keys.front() ? "?" : ", ?";
  }
  sql += ") IN (";
  std::vector<std::string_view> parameters;
  for (const auto& record : records) {
    sql += (&record == &records.front() ? "" : ", ") + marks + ')';
    for (const auto key : table.keys) {
      const auto& value = record.values.find(key)->second;
      parameters.push_back(value ? std::string_view(*value) : std::string_view(""));
    }
  }
  sql += is_writing ? ") FOR UPDATE" : ")";
  database.for_each(sql, parameters, [&](mysql::Row& row) {
    Record record{.table = &table};
    for (std::size_t i = 0; i < row.size(); ++i)
      record.values.emplace(table.columns[i].name, std::move(row[i]));
    existing.insert_or_assign(identity(record), std::move(record));
  });
  return existing;
}

std::vector<std::string> differences(const Record& row, const Record& record) {
  std::vector<std::string> columns;
  for (const auto& column : record.given) {
    if (column != kPlainPassword && row.values.at(column) != record.values.at(column))
      columns.push_back(column);
  }
  return columns;
}

}  // namespace extmail::ctl::transfer
