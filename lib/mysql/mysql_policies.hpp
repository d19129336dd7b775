// SPDX-License-Identifier: MIT
#pragma once

#include "mysql/batches.hpp"
#include "mysql/mysql_records.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace extmail::mysql {

/// The rows, and extmail_policy (sql/policy_extensions.sql), for the account of extmail-policyd.
///
/// Outcomes and threads as MysqlRecords. The table missing is a PermanentFailure: without it what the admin laid down in it
/// would not hold.
class MysqlPolicies final : public MysqlRecords {
 public:
  /// With more of either a subject has a fault: a rule reads all its entries for each mail.
  static constexpr std::size_t kMaxEntries = 1000;
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 10U;

  explicit MysqlPolicies(std::shared_ptr<Pool> pool);

  [[nodiscard]] Batch<PolicyRecord> find_policies(std::span<const std::string> subjects,
                                                  Deadline deadline) const override;

 private:
  const BatchStatements statements_;
};

}  // namespace extmail::mysql
