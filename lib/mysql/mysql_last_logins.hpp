// SPDX-License-Identifier: MIT
#pragma once

#include "core/last_login.hpp"
#include "mysql/pool.hpp"

namespace extmail::mysql {

/// The table extmail_last_login (username, service, remote, at), a row for each mailbox and service. `at` is in the time
/// zone of the server, as NOW() is.
///
/// Outcomes: as LastLoginSink; PermanentFailure where the table or the right to it is missing.
/// Threads: any.
class MysqlLastLogins final : public LastLoginSink {
 public:
  /// pool must outlive it.
  explicit MysqlLastLogins(Pool& pool) : pool_(pool) {}

  [[nodiscard]] Answer<std::size_t> write(std::span<const LastLogin> logins, Deadline deadline) override;

 private:
  Pool& pool_;
};

}  // namespace extmail::mysql
