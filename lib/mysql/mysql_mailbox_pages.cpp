// SPDX-License-Identifier: MIT
#include "mysql/mysql_mailbox_pages.hpp"

#include "core/address.hpp"
#include "mysql/columns.hpp"

#include <string>

namespace extmail::mysql {
namespace {

const std::string kPageSql =
    std::string("SELECT ") + kDomainColumns + ", " + kMailboxColumns +
    " FROM mailbox m LEFT JOIN domain d ON d.domain = SUBSTRING_INDEX(m.username, '@', -1)"
    " WHERE m.username > ? ORDER BY m.username LIMIT " +
    std::to_string(MailboxPages::kPageRows);

}  // namespace

Answer<std::vector<MailboxRecord>> MysqlMailboxPages::read_after(std::string_view username,
                                                                 Deadline deadline) const {
  using Page = std::vector<MailboxRecord>;
  try {
    Page page;
    for (auto& row : pool_->query(kPageSql, {username}, deadline)) {
      Columns columns(std::move(row));
      DomainRecord domain = columns.domain();
      MailboxRecord mailbox = columns.mailbox();
      const std::size_t at = mailbox.username.rfind('@');
      if (at != std::string::npos && same_key(domain.name, mailbox.username.substr(at + 1)))
        mailbox.domain = std::move(domain);
      page.push_back(std::move(mailbox));
    }
    return Answer<Page>::found(std::move(page));
  } catch (const DatabaseError& error) {
    return failed<Page>(error);
  }
}

}  // namespace extmail::mysql
