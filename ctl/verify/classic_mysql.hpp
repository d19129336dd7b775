// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/verify/comparison.hpp"
#include "ctl/verify/mysql_table.hpp"
#include "mysql/connection.hpp"
#include "mysql/settings.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace extmail::ctl {

/// The maps of the original guide.
struct ClassicMap {
  const char* name;
  const char* query;
};
inline constexpr std::array<ClassicMap, 3> kGuideMaps{{
    {"virtual_mailbox_domains", "SELECT domain FROM domain WHERE domain = '%s' AND active = '1'"},
    {"virtual_mailbox_maps", "SELECT maildir FROM mailbox WHERE username = '%s' AND active = '1'"},
    {"virtual_alias_maps", "SELECT goto FROM alias WHERE address = '%s' AND active = '1'"},
}};

/// Asks a database as Postfix's mysql: tables and Dovecot's SQL do.
///
/// Errors: mysql::DatabaseError. Threads: one at a time.
class ClassicMysql final : public ClassicAnswers {
 public:
  /// For the maps of the guide and for accounts; base is the mail base. connection must outlive it.
  ClassicMysql(mysql::Connection& connection, std::string base);

  /// A table of the administrator's own. The first one of a map takes the place of the guide's, further ones are asked
  /// after it. What its file does not say of the server is taken from settings.
  void add(const std::string& map, MysqlTable table, const mysql::Settings& settings);

  /// Asks the guide's table of a map no more.
  void forget_guide(const std::string& map);

  [[nodiscard]] std::vector<std::string> maps() const override;
  [[nodiscard]] std::optional<std::string> find(const std::string& map, const std::string& key) override;
  [[nodiscard]] std::optional<Account> find_account(const std::string& username) override;

 private:
  struct Table {
    std::string map;
    MysqlTable table;
    std::unique_ptr<mysql::Connection> own;  ///< null: that of the guide's maps
    bool is_of_guide = false;
  };

  mysql::Connection& connection_;
  const std::string base_;
  std::vector<Table> tables_;
};

}  // namespace extmail::ctl
