// SPDX-License-Identifier: MIT
#pragma once

#include "core/directory.hpp"
#include "mysql/pool.hpp"

#include <string_view>

namespace extmail::mysql {

/// The directory on MariaDB or MySQL, by prepared statements. Names only columns that all daemons' accounts
/// may read.
///
/// Outcomes: Pool's DatabaseErrors become TemporaryFailure, Misconfigured ones PermanentFailure.
/// Threads: all members may be called concurrently; as many queries run at once as the pool has connections.
class MysqlDirectory final : public Directory {
 public:
  /// pool must outlive the directory.
  explicit MysqlDirectory(Pool& pool) : pool_(pool) {}

  [[nodiscard]] Answer<DomainRecord> find_domain(std::string_view name, Deadline deadline) const override;
  [[nodiscard]] Answer<MailboxRecord> find_mailbox(std::string_view username,
                                                   Deadline deadline) const override;
  [[nodiscard]] Answer<AliasRecord> find_alias(std::string_view address, Deadline deadline) const override;

 private:
  Pool& pool_;
};

}  // namespace extmail::mysql
