// SPDX-License-Identifier: MIT
#pragma once

#include "core/password_writer.hpp"
#include "mysql/pool.hpp"

namespace extmail::mysql {

/// The columns mailbox.password and, for change() only, clearpwd, to which the database account needs UPDATE.
///
/// Outcomes: as PasswordWriter; PermanentFailure where the right is missing.
/// Threads: any.
class MysqlPasswordWriter final : public PasswordWriter {
 public:
  /// pool must outlive it.
  explicit MysqlPasswordWriter(Pool& pool) : pool_(pool) {}

  [[nodiscard]] Answer<Changed> replace(std::string_view username, const Secret& old,
                                        const Secret& replacement, Deadline deadline) override;
  [[nodiscard]] Answer<Changed> change(std::string_view username, const Secret& old,
                                       const Secret& replacement, const Secret& clear,
                                       Deadline deadline) override;

 private:
  Pool& pool_;
};

}  // namespace extmail::mysql
