// SPDX-License-Identifier: MIT
#pragma once

#include "core/password_writer.hpp"
#include "mysql/pool.hpp"

namespace extmail::mysql {

/// The column mailbox.password, to which the database account needs UPDATE.
///
/// Outcomes: as PasswordWriter; PermanentFailure where the right is missing.
/// Threads: any.
class MysqlPasswordWriter final : public PasswordWriter {
 public:
  /// pool must outlive it.
  explicit MysqlPasswordWriter(Pool& pool) : pool_(pool) {}

  [[nodiscard]] Answer<Changed> replace(std::string_view username, const Secret& old,
                                        const Secret& replacement, Deadline deadline) override;

 private:
  Pool& pool_;
};

}  // namespace extmail::mysql
