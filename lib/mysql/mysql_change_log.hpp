// SPDX-License-Identifier: MIT
#pragma once

#include "core/change_log.hpp"
#include "core/clock.hpp"
#include "mysql/connection.hpp"
#include "mysql/hosts.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace extmail::mysql {

/// What the column kind of extmail_change_log says.
enum class ChangeKind : std::uint8_t {
  Domain = 0,
  Mailbox = 1,
  Alias = 2,
  Policy = 3,
  Flush = 255,  ///< all there is; no trigger writes it, but extmailctl flush
};

/// What extmail_change_triggers() gives where ExtMail's own tables are followed.
inline constexpr std::int64_t kChangeTriggers = 9;

/// The change log of sql/change_log.sql, on a connection of its own to the server that the rows come from.
///
/// Outcomes, threads: as ChangeLog.
class MysqlChangeLog final : public ChangeLog {
 public:
  /// Tables beyond ExtMail's own that are followed too, so that their triggers have to be there.
  enum class Extension : std::uint8_t {
    None,
    Logins,   ///< sql/login_extensions.sql
    Policies  ///< sql/policy_extensions.sql
  };

  explicit MysqlChangeLog(std::shared_ptr<Hosts> hosts, Extension extension = Extension::None)
      : hosts_(std::move(hosts)), extension_(extension) {}

  [[nodiscard]] Answer<LogEnd> open(Deadline deadline) override;
  [[nodiscard]] Answer<std::vector<Change>> read_after(std::uint64_t id, Deadline deadline) override;
  void prune(Deadline deadline) override;

 private:
  [[nodiscard]] Answer<LogEnd> find_end();
  [[nodiscard]] bool has_triggers();
  [[nodiscard]] bool has_extension_triggers();
  /// Whether every write since open() was noted.
  [[nodiscard]] bool is_complete();

  const std::shared_ptr<Hosts> hosts_;
  const Extension extension_;
  std::unique_ptr<Connection> connection_;
  Time check_tables_at_;
  std::string made_at_;  ///< when each of the tables was
};

}  // namespace extmail::mysql
