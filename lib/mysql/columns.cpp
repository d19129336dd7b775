// SPDX-License-Identifier: MIT
#include "mysql/columns.hpp"

#include "core/address.hpp"

#include <charconv>

namespace extmail::mysql {

Columns::~Columns() {
  for (auto& column : row_) {
    if (column) wipe(*column);
  }
}

Secret Columns::secret() {
  const auto& column = next();
  return Secret(column ? std::string_view(*column) : std::string_view());
}

std::optional<std::int64_t> Columns::number() {
  const auto& column = next();
  std::int64_t value = 0;
  if (!column) return std::nullopt;
  const auto [end, error] = std::from_chars(column->data(), column->data() + column->size(), value);
  if (error != std::errc() || end == column->data()) return std::nullopt;
  return value;
}

std::string Columns::date() {
  constexpr std::size_t kDateBytes = std::string_view("YYYY-MM-DD").size();
  std::string value = text().substr(0, kDateBytes);
  return value.size() < kDateBytes || value.substr(0, 4) == "0000" ? std::string() : value;
}

DomainRecord Columns::domain() {
  return {text(), flag(), date(), disabled(), text()};
}

MailboxRecord Columns::mailbox() {
  MailboxRecord mailbox;
  mailbox.username = text();
  mailbox.active = flag();
  mailbox.expires = date();
  mailbox.disabled = disabled();
  mailbox.maildir = text();
  mailbox.homedir = text();
  mailbox.mailhost = text();
  mailbox.quota = text();
  mailbox.uidnumber = number();
  mailbox.gidnumber = number();
  return mailbox;
}

WebmailProfile Columns::profile() {
  WebmailProfile profile;
  profile.name = text();
  profile.netdiskquota = text();
  profile.disables_netdisk = flag();
  profile.disables_password_change = flag();
  return profile;
}

AliasRecord Columns::alias() {
  AliasRecord alias;
  alias.address = text();
  alias.targets = split_goto(text());
  alias.active = flag();
  return alias;
}

}  // namespace extmail::mysql
