// SPDX-License-Identifier: MIT
#include "core/access.hpp"

#include "core/service_column.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace extmail {
namespace {

using Flag = bool DisabledServices::*;

constexpr std::array<std::pair<std::string_view, Flag>, 9> kServiceFlags{{
    {"imap", &DisabledServices::imap},
    {"pop3", &DisabledServices::pop3},
    {"smtp", &DisabledServices::smtpd},
    {"submission", &DisabledServices::smtpd},
    {"extmail", &DisabledServices::webmail},
    {"webmail", &DisabledServices::webmail},
    {"lmtp", &DisabledServices::smtp},
    {"lda", &DisabledServices::smtp},
    {"doveadm", &DisabledServices::smtp},
}};

/// Null where no column is for the service.
Flag flag_of(std::string_view service) {
  const auto* it = std::find_if(kServiceFlags.begin(), kServiceFlags.end(),
                                [&](const auto& entry) { return entry.first == service; });
  return it == kServiceFlags.end() ? nullptr : it->second;
}

bool is_expired(std::string_view expires, const AccessRules& rules, std::string_view today) {
  return rules.enforce_expiry && !expires.empty() && expires <= today;
}

Access check(const MailboxRecord& mailbox, Flag service, const AccessRules& rules, std::string_view today) {
  if (!mailbox.domain || !is_ours(*mailbox.domain, rules, today)) return Access::DomainNotOurs;
  if (!mailbox.active) return Access::Inactive;
  if (is_expired(mailbox.expires, rules, today)) return Access::Expired;
  if (service == nullptr) return Access::Allowed;
  if (mailbox.disabled.*service) return Access::ServiceDisabled;
  if (rules.enforce_domain_services && mailbox.domain->disabled.*service) return Access::ServiceDisabled;
  return Access::Allowed;
}

}  // namespace

std::string_view describe(Access access) {
  switch (access) {
    case Access::Allowed:
      return "allowed";
    case Access::DomainNotOurs:
      return "its domain is missing, inactive or expired";
    case Access::Inactive:
      return "the mailbox is inactive";
    case Access::Expired:
      return "the mailbox has expired";
    case Access::ServiceDisabled:
      return "the mailbox has this service disabled";
  }
  return "unknown";
}

bool is_ours(const DomainRecord& domain, const AccessRules& rules, std::string_view today) {
  return domain.active && !is_expired(domain.expires, rules, today);
}

std::vector<std::string_view> services_with_column() {
  std::vector<std::string_view> services;
  services.reserve(kServiceFlags.size());
  for (const auto& [service, flag] : kServiceFlags)
    services.push_back(service);
  return services;
}

std::string_view disabling_column(std::string_view service) {
  constexpr std::array<std::pair<Flag, std::string_view>, 5> kColumns{{
      {&DisabledServices::smtpd, "disablesmtpd"},
      {&DisabledServices::smtp, "disablesmtp"},
      {&DisabledServices::webmail, "disablewebmail"},
      {&DisabledServices::imap, "disableimap"},
      {&DisabledServices::pop3, "disablepop3"},
  }};
  const Flag flag = flag_of(service);
  const auto* it = std::find_if(kColumns.begin(), kColumns.end(),
                                [&](const auto& column) { return column.first == flag; });
  return it == kColumns.end() ? std::string_view() : it->second;
}

Access may_receive(const MailboxRecord& mailbox, const AccessRules& rules, std::string_view today) {
  return check(mailbox, &DisabledServices::smtp, rules, today);
}

Access may_log_in(const MailboxRecord& mailbox, std::string_view service, const AccessRules& rules,
                  std::string_view today) {
  return check(mailbox, flag_of(service), rules, today);
}

}  // namespace extmail
