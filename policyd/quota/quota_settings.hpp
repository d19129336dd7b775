// SPDX-License-Identifier: MIT
#pragma once

#include "daemon/config_file.hpp"
#include "policyd/rule_settings.hpp"

#include <cstdint>

namespace extmail::policyd {

struct QuotaSettings {
  /// Where it stands what mailboxes hold.
  enum class Usage : std::uint8_t {
    MaildirSize,  ///< MaildirUsage
    Table,        ///< mysql::MysqlMailUsage
  };

  bool enabled = false;
  RuleSettings rule;
  Usage usage = Usage::MaildirSize;
  bool defers = false;  ///< else mail for full mailboxes is refused for good
  std::uint64_t grace_percent =
      10;  ///< by which a message may go beyond the quota of a mailbox that is not full yet

  bool operator==(const QuotaSettings&) const = default;
};

/// [policyd.quota], all of whose keys have defaults; so has the table. otherwise is what policyd does on failure.
[[nodiscard]] QuotaSettings read_quota(daemon::ConfigFile::Table& policyd, OnFailure otherwise);

}  // namespace extmail::policyd
