// SPDX-License-Identifier: MIT
#pragma once

#include "core/change_log.hpp"
#include "core/clock.hpp"
#include "mysql/connection.hpp"
#include "mysql/hosts.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace extmail::mysql {

/// The change log of sql/change_log.sql, on a connection of its own to the server that the rows come from.
///
/// Outcomes, threads: as ChangeLog.
class MysqlChangeLog final : public ChangeLog {
 public:
  /// with_logins: the tables of sql/login_extensions.sql are followed too, so their triggers have to be there.
  explicit MysqlChangeLog(std::shared_ptr<Hosts> hosts, bool with_logins = false)
      : hosts_(std::move(hosts)), with_logins_(with_logins) {}

  [[nodiscard]] Answer<std::uint64_t> open(Deadline deadline) override;
  [[nodiscard]] Answer<std::vector<Change>> read_after(std::uint64_t id, Deadline deadline) override;
  void prune(Deadline deadline) override;

 private:
  [[nodiscard]] bool has_triggers();
  [[nodiscard]] bool has_login_triggers();

  const std::shared_ptr<Hosts> hosts_;
  const bool with_logins_;
  std::unique_ptr<Connection> connection_;
  Time check_triggers_at_;
};

}  // namespace extmail::mysql
