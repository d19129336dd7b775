// SPDX-License-Identifier: MIT
#include "authd/database.hpp"

#include "mysql/mysql_accounts.hpp"
#include "mysql/mysql_change_log.hpp"
#include "mysql/mysql_last_logins.hpp"
#include "mysql/mysql_mailbox_pages.hpp"
#include "mysql/mysql_password_writer.hpp"

namespace extmail::authd {

Database::Database(const Config& config, const Clock& clock, Log& log) : clock_(clock), log_(log) {
  open(config);
}

void Database::open(const Config& config) {
  settings_ = config.database;
  extensions_ = config.extensions;
  hosts_ = std::make_shared<mysql::Hosts>(settings_, clock_, log_);
  auto pool = std::make_shared<mysql::Pool>(hosts_, clock_, log_);
  const std::lock_guard lock(mutex_);
  pool_ = std::move(pool);
}

bool Database::reopen(const Config& config) {
  if (*config.database == *settings_ && config.extensions == extensions_) return false;
  open(config);
  return true;
}

std::shared_ptr<mysql::Pool> Database::pool() const {
  const std::lock_guard lock(mutex_);
  return pool_;
}

Authenticator::Database Database::rows() const {
  using Extension = mysql::MysqlChangeLog::Extension;
  const bool has_extensions = extensions_.app_passwords || extensions_.user_fields;
  return {
      {std::make_shared<mysql::MysqlAccounts>(pool(), extensions_),
       std::make_shared<mysql::MysqlChangeLog>(hosts_, has_extensions ? Extension::Logins : Extension::None)},
      std::make_shared<mysql::MysqlMailboxPages>(pool())};
}

Answer<std::size_t> Database::write(std::span<const LastLogin> logins, Deadline deadline) {
  const auto current = pool();
  return mysql::MysqlLastLogins(*current).write(logins, deadline);
}

Answer<Changed> Database::replace(std::string_view username, const Secret& old, const Secret& replacement,
                                  Deadline deadline) {
  const auto current = pool();
  return mysql::MysqlPasswordWriter(*current).replace(username, old, replacement, deadline);
}

Answer<Changed> Database::change(std::string_view username, const Secret& old, const Secret& replacement,
                                 const Secret& clear, Deadline deadline) {
  const auto current = pool();
  return mysql::MysqlPasswordWriter(*current).change(username, old, replacement, clear, deadline);
}

}  // namespace extmail::authd
