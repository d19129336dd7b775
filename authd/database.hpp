// SPDX-License-Identifier: MIT
#pragma once

#include "authd/authenticator.hpp"
#include "authd/config.hpp"
#include "core/last_login.hpp"
#include "core/password_writer.hpp"
#include "mysql/hosts.hpp"
#include "mysql/pool.hpp"

#include <memory>
#include <mutex>
#include <span>
#include <string_view>

namespace extmail::authd {

/// The database that the configuration names: what reads of it, and what is written to it.
///
/// Threads: reopen(), rows() and hosts() on the network thread; writes from any.
class Database final : public LastLoginSink, public PasswordWriter {
 public:
  /// clock and log must outlive the database.
  Database(const Config& config, const Clock& clock, Log& log);

  /// Reads and writes go to what this configuration names from now on. Whether that is another database.
  bool reopen(const Config& config);

  [[nodiscard]] Authenticator::Database rows() const;
  [[nodiscard]] const std::shared_ptr<mysql::Hosts>& hosts() const { return hosts_; }

  [[nodiscard]] Answer<std::size_t> write(std::span<const LastLogin> logins, Deadline deadline) override;
  [[nodiscard]] Answer<Changed> replace(std::string_view username, const Secret& old,
                                        const Secret& replacement, Deadline deadline) override;
  [[nodiscard]] Answer<Changed> change(std::string_view username, const Secret& old,
                                       const Secret& replacement, const Secret& clear,
                                       Deadline deadline) override;

 private:
  void open(const Config& config);
  [[nodiscard]] std::shared_ptr<mysql::Pool> pool() const;

  const Clock& clock_;
  Log& log_;
  std::shared_ptr<const mysql::Settings> settings_;
  mysql::MysqlAccounts::Extensions extensions_;
  std::shared_ptr<mysql::Hosts> hosts_;
  mutable std::mutex mutex_;  // guards pool_
  std::shared_ptr<mysql::Pool> pool_;
};

}  // namespace extmail::authd
