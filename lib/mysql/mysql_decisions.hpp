// SPDX-License-Identifier: MIT
#pragma once

#include "core/decision.hpp"
#include "mysql/pool.hpp"

#include <memory>
#include <utility>

namespace extmail::mysql {

/// The table extmail_decision (sql/decision_extensions.sql), to which rows are only added, and from which the oldest go.
///
/// Outcomes: as DecisionSink; PermanentFailure where the table or the right to it is missing. Rows whose connection was lost
/// while they were written may be there twice.
/// Threads: any.
class MysqlDecisions final : public DecisionSink {
 public:
  explicit MysqlDecisions(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {}

  [[nodiscard]] Answer<std::size_t> write(std::span<const Decision> decisions, Deadline deadline) override;
  [[nodiscard]] Answer<std::size_t> remove_before(std::chrono::sys_seconds oldest,
                                                  Deadline deadline) override;

 private:
  const std::shared_ptr<Pool> pool_;
};

}  // namespace extmail::mysql
