// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/mail_usage.hpp"
#include "mysql/pool.hpp"

#include <chrono>
#include <memory>

namespace extmail::mysql {

/// What mailboxes hold by the table extmail_mail_usage (sql/usage_extensions.sql), which Dovecot's quota_clone writes.
///
/// It is asked each time: usage changes with each mail, of which no change log tells.
/// Outcomes and threads: see MailUsage. NotFound also for a count below nothing, which Dovecot can come to. The table
/// missing is a PermanentFailure.
class MysqlMailUsage final : public MailUsage {
 public:
  /// Postfix waits for 100 s, for all that a request asks.
  static constexpr std::chrono::seconds kPatience{5};

  /// clock must outlive it.
  MysqlMailUsage(std::shared_ptr<Pool> pool, const Clock& clock) : pool_(std::move(pool)), clock_(clock) {}

  [[nodiscard]] Answer<Usage> find_usage(const MailboxRecord& mailbox) const override;

 private:
  const std::shared_ptr<Pool> pool_;
  const Clock& clock_;
};

}  // namespace extmail::mysql
