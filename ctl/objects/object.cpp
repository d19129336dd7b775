// SPDX-License-Identifier: MIT
#include "ctl/objects/object.hpp"

#include "core/address.hpp"

#include <ctime>

namespace extmail::ctl {

std::optional<Values> find_row(mysql::Connection& database, const Object& object, const std::string& key) {
  std::string columns = object.key();
  for (const auto& field : object.fields())
    columns += ", " + std::string(field.column);
  const auto derived = object.derived();
  if (derived) columns += ", " + std::string(derived->sql);
  const auto rows = database.query(
      "SELECT " + columns + " FROM " + object.table() + " WHERE " + object.key() + " = ? FOR UPDATE", {key});
  for (const auto& row : rows) {
    if (!row.front() || !same_key(*row.front(), key)) continue;  // the collation takes accents for nothing
    Values values{{object.key(), row.front()}};
    for (std::size_t i = 0; i < object.fields().size(); ++i)
      values.emplace(object.fields()[i].column, row[i + 1]);
    if (derived) values.emplace(derived->name, row.back());
    return values;
  }
  return std::nullopt;
}

std::string creation_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[sizeof "2026-01-31 23:59:59"] = {};
  if (localtime_r(&now, &parts) == nullptr ||
      std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts) == 0)
    return "0000-00-00 00:00:00";
  return text;
}

}  // namespace extmail::ctl
