// SPDX-License-Identifier: MIT
#pragma once

#include "core/record_source.hpp"
#include "mysql/pool.hpp"

#include <memory>

namespace extmail::mysql {

/// The rows of MariaDB or MySQL, many a query.
///
/// Outcomes: Pool's DatabaseErrors become TemporaryFailure, Misconfigured ones PermanentFailure. A key that the tables' character set can't hold is a row that is not there.
/// Threads: all members may be called concurrently; as many queries run at once as the pool has connections.
class MysqlRecords : public RecordSource {
 public:
  explicit MysqlRecords(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {}

  [[nodiscard]] Batch<DomainRecord> find_domains(std::span<const std::string> names,
                                                 Deadline deadline) const override;
  [[nodiscard]] Batch<MailboxRecord> find_mailboxes(std::span<const std::string> usernames,
                                                    Deadline deadline) const override;
  [[nodiscard]] Batch<AliasRecord> find_aliases(std::span<const std::string> addresses,
                                                Deadline deadline) const override;
  [[nodiscard]] Answer<QueryRecord> find_query(const Query& query, Deadline deadline) const override;

 protected:
  [[nodiscard]] Pool& pool() const { return *pool_; }

 private:
  std::shared_ptr<Pool> pool_;
};

}  // namespace extmail::mysql
