// SPDX-License-Identifier: MIT
#pragma once

#include "core/mailbox_pages.hpp"
#include "mysql/pool.hpp"

#include <memory>
#include <utility>

namespace extmail::mysql {

/// The pages of MariaDB or MySQL, in the order of the column's collation. Rows that come or go meanwhile are in or out.
class MysqlMailboxPages final : public MailboxPages {
 public:
  explicit MysqlMailboxPages(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {}

  [[nodiscard]] Answer<std::vector<MailboxRecord>> read_after(std::string_view username,
                                                              Deadline deadline) const override;

 private:
  std::shared_ptr<Pool> pool_;
};

}  // namespace extmail::mysql
