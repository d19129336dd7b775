// SPDX-License-Identifier: MIT
#pragma once

#include "core/change_log.hpp"
#include "core/clock.hpp"
#include "mysql/connection.hpp"
#include "mysql/settings.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace extmail::mysql {

/// The change log of sql/change_log.sql, on a connection of its own to the first host that can be reached.
///
/// Outcomes, threads: as ChangeLog.
class MysqlChangeLog final : public ChangeLog {
 public:
  explicit MysqlChangeLog(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

  [[nodiscard]] Answer<std::uint64_t> open(Deadline deadline) override;
  [[nodiscard]] Answer<std::vector<Change>> read_after(std::uint64_t id, Deadline deadline) override;
  void prune(Deadline deadline) override;

 private:
  const std::shared_ptr<const Settings> settings_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace extmail::mysql
