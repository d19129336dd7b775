// SPDX-License-Identifier: MIT
#pragma once

#include "mysql/batches.hpp"
#include "mysql/mysql_records.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace extmail::mysql {

/// The rows, and the mailboxes' passwords with them, for the account of extmail-authd.
///
/// Outcomes and threads as MysqlRecords. An extension table that is wanted and not there is a PermanentFailure: without it
/// a restriction that the admin made in it would not hold.
class MysqlAccounts final : public MysqlRecords {
 public:
  /// Which tables of sql/login_extensions.sql are read.
  struct Extensions {
    bool app_passwords = false;
    bool user_fields = false;

    bool operator==(const Extensions&) const = default;
  };

  /// With more of either a mailbox has a fault: each app password may cost a hash at every login, and to leave out a
  /// field may be to leave out a restriction.
  static constexpr std::size_t kMaxAppPasswords = 32;
  static constexpr std::size_t kMaxUserFields = 64;

  /// Of an extension table, what is read for all mailboxes of a batch at once: more than they may have together. Where there
  /// are as many they are asked for in smaller parts, so that a mailbox with far too many rows spoils no other's answer.
  static constexpr std::size_t kMaxExtensionRows = 10000;

  MysqlAccounts(std::shared_ptr<Pool> pool, const Extensions& extensions,
                std::size_t max_extension_rows = kMaxExtensionRows);

  [[nodiscard]] Batch<AccountRecord> find_accounts(std::span<const std::string> usernames,
                                                   Deadline deadline) const override;

 private:
  /// A table of sql/login_extensions.sql, by the mailboxes that its rows are for.
  struct Table {
    const char* name;
    std::size_t max_rows;
    BatchStatements rows;
  };

  const BatchStatements accounts_;
  const Table app_passwords_;
  const Table user_fields_;
};

}  // namespace extmail::mysql
