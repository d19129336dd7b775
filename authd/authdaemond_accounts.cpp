// SPDX-License-Identifier: MIT
#include "authd/authdaemond_accounts.hpp"

#include "core/address.hpp"
#include "core/quota.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace extmail::authd {
namespace {

using wire::authdaemond::Account;
using wire::authdaemond::Listed;

constexpr std::array<std::pair<bool DisabledServices::*, std::string_view>, 3> kServices{
    {{&DisabledServices::imap, "disableimap"},
     {&DisabledServices::pop3, "disablepop3"},
     {&DisabledServices::webmail, "disablewebmail"}}};

void add_option(std::string& options, std::string_view name, std::string_view value) {
  if (!options.empty()) options += ',';
  options.append(name).append("=").append(value);
}

std::string_view without_end_slashes(std::string_view path) {
  while (path.ends_with('/'))
    path.remove_suffix(1);
  return path;
}

/// The column, or what locate_mail() takes an empty one for, without the mail base.
std::string stored_maildir(const MailboxRecord& mailbox) {
  if (!mailbox.maildir.empty()) return mailbox.maildir;
  const auto address = parse_address(mailbox.username);
  return address ? address->domain + '/' + address->local + "/Maildir/" : std::string();
}

std::string stored_home(const MailboxRecord& mailbox) {
  if (!mailbox.homedir.empty()) return mailbox.homedir;
  const std::string maildir = stored_maildir(mailbox);
  const std::string_view path = without_end_slashes(maildir);
  return std::string(without_end_slashes(path.substr(0, path.rfind('/'))));
}

/// Courier's clients take a number without a unit for no limit.
std::string courier_quota(std::string_view stored) {
  const Quota quota = parse_quota(stored);
  std::string text;
  if (quota.bytes) text = std::to_string(*quota.bytes) + 'S';
  if (quota.messages)
    text.append(text.empty() ? "" : ",").append(std::to_string(*quota.messages)).append("C");
  return text;
}

}  // namespace

AuthdaemondAccounts::AuthdaemondAccounts(AccessRules access, MailSettings mail, Paths paths)
    : access_(access), mail_(std::move(mail)), paths_(paths) {}

Answer<MailLocation> AuthdaemondAccounts::locate(const MailboxRecord& mailbox) const {
  auto location = locate_mail(mailbox, mail_);
  if (!location.is_found()) return location;
  if (paths_ == Paths::Stored) {
    location.value().home = stored_home(mailbox);
    location.value().maildir = stored_maildir(mailbox);
  } else if (mailbox.maildir.empty() || mailbox.maildir.ends_with('/')) {
    location.value().maildir += '/';  // as a statement that joins base and column would give it
  }
  return location;
}

std::string AuthdaemondAccounts::services_off(const MailboxRecord& mailbox) const {
  const bool asks_domain = access_.enforce_domain_services && mailbox.domain;
  std::string options;
  for (const auto& [service, name] : kServices) {
    if (mailbox.disabled.*service || (asks_domain && mailbox.domain->disabled.*service))
      add_option(options, name, "1");
  }
  return options;
}

Answer<Account> AuthdaemondAccounts::account(const MailboxRecord& mailbox,
                                             const WebmailProfile& profile) const {
  auto location = locate(mailbox);
  if (!location.is_found()) return Answer<Account>::same_failure(location);
  Account account;
  account.uid = location.value().uid;
  account.gid = location.value().gid;
  account.home = std::move(location.value().home);
  account.maildir = std::move(location.value().maildir);
  account.address = mailbox.username;
  account.name = profile.name;
  account.quota = courier_quota(mailbox.quota);
  account.options = services_off(mailbox);
  // ExtMail looks for these two words, whatever is behind them.
  if (profile.disables_netdisk) add_option(account.options, "disablenetdisk", "1");
  if (profile.disables_password_change) add_option(account.options, "disablepwdchange", "1");
  const std::string_view netdisk = std::string_view(profile.netdiskquota);
  if (const auto quota = netdisk.substr(0, netdisk.find(',')); !quota.empty())
    add_option(account.options, "netdiskquota", quota);
  return Answer<Account>::found(std::move(account));
}

Answer<Listed> AuthdaemondAccounts::listed(const MailboxRecord& mailbox) const {
  auto location = locate(mailbox);
  if (!location.is_found()) return Answer<Listed>::same_failure(location);
  return Answer<Listed>::found({mailbox.username, location.value().uid, location.value().gid,
                                std::move(location.value().home), std::move(location.value().maildir),
                                services_off(mailbox)});
}

}  // namespace extmail::authd
