// SPDX-License-Identifier: MIT
#include "ctl/verify/classic_mysql.hpp"

#include "ctl/database.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace extmail::ctl {
namespace {

/// As mysql_table(5) names servers.
mysql::Host to_host(const std::string& text) {
  constexpr std::string_view kInet = "inet:";
  if (text.starts_with("unix:")) {
    if (auto host = mysql::parse_host(text)) return *host;
  } else {
    const std::string name = text.starts_with(kInet) ? text.substr(kInet.size()) : text;
    if (auto host = mysql::parse_host("tcp:" + name)) return *host;
  }
  throw Misuse("hosts has \"" + text + "\", which is no server");
}

std::string joined(const std::string& base, const std::string& path) {
  std::string text = base + '/' + path;
  while (text.size() > 1 && text.back() == '/')
    text.pop_back();
  return text;
}

}  // namespace

ClassicMysql::ClassicMysql(mysql::Connection& connection, std::string base)
    : connection_(connection), base_(std::move(base)) {
  for (const auto& map : kGuideMaps) {
    Table table{map.name, {}, nullptr, true};
    table.table.query = map.query;
    tables_.push_back(std::move(table));
  }
}

void ClassicMysql::forget_guide(const std::string& map) {
  tables_.erase(std::remove_if(tables_.begin(), tables_.end(),
                               [&](const auto& each) { return each.is_of_guide && each.map == map; }),
                tables_.end());
}

void ClassicMysql::add(const std::string& map, MysqlTable table, const mysql::Settings& settings) {
  forget_guide(map);
  mysql::Settings own;
  own.hosts = settings.hosts;
  if (!table.hosts.empty()) {
    own.hosts.clear();
    // localhost is the server's unix socket, wherever that is: the one that we know.
    for (const auto& host : table.hosts) {
      if (host == "localhost")
        own.hosts.insert(own.hosts.end(), settings.hosts.begin(), settings.hosts.end());
      else
        own.hosts.push_back(to_host(host));
    }
  }
  own.tls = settings.tls;
  own.database = table.database.empty() ? settings.database : table.database;
  own.user = table.user.empty() ? settings.user : table.user;
  own.password = table.user.empty() ? settings.password.clone() : std::move(table.password);
  own.read_timeout = settings.read_timeout;
  auto connection = open_database(own);
  tables_.push_back({map, std::move(table), std::move(connection), false});
}

std::vector<std::string> ClassicMysql::maps() const {
  std::vector<std::string> names;
  for (const auto& table : tables_) {
    if (std::find(names.begin(), names.end(), table.map) == names.end()) names.push_back(table.map);
  }
  return names;
}

std::optional<std::string> ClassicMysql::find(const std::string& map, const std::string& key) {
  for (const auto& each : tables_) {
    if (each.map != map) continue;
    const auto query = expand_query(each.table, key);
    if (!query) continue;
    auto& connection = each.own ? *each.own : connection_;
    std::string value;
    const std::vector<std::string_view> parameters(query->parameters.begin(), query->parameters.end());
    for (const auto& row : connection.query(query->sql, parameters)) {
      for (const auto& column : row) {
        const auto part = format_result(each.table, column.value_or(""));
        if (part.empty()) continue;
        if (!value.empty()) value += ',';
        value += part;
      }
    }
    if (!value.empty()) return value;
  }
  return std::nullopt;
}

std::optional<ClassicAnswers::Account> ClassicMysql::find_account(const std::string& username) {
  const auto rows = connection_.query(
      "SELECT homedir, maildir, uidnumber, gidnumber, active = '1' FROM mailbox WHERE username = ?",
      {username});
  if (rows.empty()) return std::nullopt;
  const auto& row = rows.front();
  const auto text = [&](std::size_t column) { return row.at(column).value_or(""); };
  return Account{text(4) == "1", joined(base_, text(0)), joined(base_, text(1)), text(2), text(3)};
}

}  // namespace extmail::ctl
