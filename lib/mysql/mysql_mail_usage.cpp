// SPDX-License-Identifier: MIT
#include "mysql/mysql_mail_usage.hpp"

#include "core/address.hpp"
#include "mysql/columns.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace extmail::mysql {
namespace {

const std::string kUsageSql =
    "SELECT u.username, u.bytes, u.messages FROM extmail_mail_usage u WHERE u.username = ?";

}  // namespace

Answer<Usage> MysqlMailUsage::find_usage(const MailboxRecord& mailbox) const {
  try {
    auto row = pool_->query_row(kUsageSql, {mailbox.username}, clock_.now() + kPatience);
    if (!row) return Answer<Usage>::not_found();
    Columns columns(std::move(*row));
    // Collations take accents and trailing blanks for nothing.
    if (!same_key(columns.text(), mailbox.username)) return Answer<Usage>::not_found();
    const auto bytes = columns.number();
    const auto messages = columns.number();
    if (!bytes || !messages || *bytes < 0 || *messages < 0) return Answer<Usage>::not_found();
    return Answer<Usage>::found({static_cast<std::uint64_t>(*bytes), static_cast<std::uint64_t>(*messages)});
  } catch (const DatabaseError& error) {
    return failed<Usage>(error);
  }
}

}  // namespace extmail::mysql
