// SPDX-License-Identifier: MIT
#include "support/fake_directory.hpp"

#include "core/address.hpp"

#include <cstdint>

namespace extmail::tests {
namespace {

std::string quoted(const std::string& text) {
  std::string literal("'");
  for (const char c : text) {
    if (c == '\'' || c == '\\') literal.push_back('\\');
    literal.push_back(c);
  }
  return literal + "'";
}

std::string flag(bool value) {
  return value ? "1" : "0";
}
std::string date(const std::string& text) {
  return text.empty() ? "'0000-00-00'" : quoted(text);
}
std::string number(std::optional<std::int64_t> value) {
  return value ? std::to_string(*value) : "NULL";
}

std::string flags(const DisabledServices& disabled) {
  return flag(disabled.smtpd) + ", " + flag(disabled.smtp) + ", " + flag(disabled.webmail) + ", " +
         flag(disabled.imap) + ", " + flag(disabled.pop3);
}

constexpr const char* kFlagColumns = "disablesmtpd, disablesmtp, disablewebmail, disableimap, disablepop3";

}  // namespace

DomainRecord& FakeDirectory::add_domain(const std::string& name) {
  DomainRecord& domain = domains_[fold_case(name)];
  domain.name = name;
  domain.active = true;
  return domain;
}

MailboxRecord& FakeDirectory::add_mailbox(const std::string& username, const std::string& password) {
  MailboxRecord& mailbox = mailboxes_[fold_case(username)];
  const std::size_t at = username.rfind('@');
  const auto domain = domains_.find(fold_case(username.substr(at + 1)));
  if (domain != domains_.end()) mailbox.domain = domain->second;
  mailbox.username = username;
  mailbox.active = true;
  mailbox.maildir = username.substr(at + 1) + '/' + username.substr(0, at) + "/Maildir/";
  mailbox.homedir = username.substr(at + 1) + '/' + username.substr(0, at);
  mailbox.quota = "104857600S";
  mailbox.uidnumber = 2525;
  mailbox.gidnumber = 2525;
  passwords_[fold_case(username)] = password;
  return mailbox;
}

AliasRecord& FakeDirectory::add_alias(const std::string& address, const std::string& targets) {
  AliasRecord& alias = aliases_[fold_case(address)];
  alias = {address, split_goto(targets), true};
  goto_[fold_case(address)] = targets;
  return alias;
}

std::string FakeDirectory::sql() const {
  std::string script;
  for (const auto& [key, row] : domains_) {
    script += std::string("INSERT INTO domain (domain, active, transport, expiredate, ") + kFlagColumns +
              ") VALUES (" + quoted(row.name) + ", " + flag(row.active) + ", " + quoted(row.transport) +
              ", " + date(row.expires) + ", " + flags(row.disabled) + ");\n";
  }
  for (const auto& [key, row] : mailboxes_) {
    script +=
        std::string(
            "INSERT INTO mailbox (username, password, active, expiredate, maildir, homedir, mailhost, quota, "
            "uidnumber, gidnumber, ") +
        kFlagColumns + ") VALUES (" + quoted(row.username) + ", " + quoted(passwords_.at(key)) + ", " +
        flag(row.active) + ", " + date(row.expires) + ", " + quoted(row.maildir) + ", " +
        quoted(row.homedir) + ", " + quoted(row.mailhost) + ", " + quoted(row.quota) + ", " +
        number(row.uidnumber) + ", " + number(row.gidnumber) + ", " + flags(row.disabled) + ");\n";
  }
  for (const auto& [key, row] : aliases_) {
    script += "INSERT INTO alias (address, goto, active) VALUES (" + quoted(row.address) + ", " +
              quoted(goto_.at(key)) + ", " + flag(row.active) + ");\n";
  }
  return script;
}

namespace {

template <typename Rows>
Answer<typename Rows::mapped_type> find_in(const Rows& rows, std::string_view key,
                                           std::optional<Outcome> failure) {
  using Found = Answer<typename Rows::mapped_type>;
  if (failure == Outcome::TemporaryFailure) return Found::temporary_failure("the database is away");
  if (failure == Outcome::PermanentFailure) return Found::permanent_failure("the schema is wrong");
  const auto it = rows.find(std::string(key));
  return it == rows.end() ? Found::not_found() : Found::found(it->second);
}

}  // namespace

template <typename Row>
Answer<Row> FakeDirectory::find(const std::map<std::string, Row>& rows, std::string_view key) const {
  ++queries;
  return find_in(rows, key, failure_);
}

Answer<PolicyRecord> FakePolicies::find_policy(std::string_view subject, Deadline) const {
  ++queries;
  return find_in(policies_, subject, failure_);
}

Answer<DomainRecord> FakeDirectory::find_domain(std::string_view name, Deadline) const {
  return find(domains_, name);
}

Answer<MailboxRecord> FakeDirectory::find_mailbox(std::string_view username, Deadline) const {
  return find(mailboxes_, username);
}

Answer<AliasRecord> FakeDirectory::find_alias(std::string_view address, Deadline) const {
  return find(aliases_, address);
}

}  // namespace extmail::tests
