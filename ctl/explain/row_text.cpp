// SPDX-License-Identifier: MIT
#include "ctl/explain/row_text.hpp"

#include "core/transport.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace extmail::ctl {
namespace {

/// Lists may have thousands.
constexpr std::size_t kMaxShownTargets = 20;

void add(std::string& text, const std::string& more) {
  if (!text.empty()) text += ", ";
  text += more;
}

void add_expiry(std::string& text, const std::string& expires, const Judging& judging) {
  if (expires.empty()) return;
  if (expires > judging.today) return add(text, "expires on " + expires);
  add(text, "expired on " + expires);
  if (!judging.rules.enforce_expiry) text += " (not enforced)";
}

void add_disabled(std::string& text, const DisabledServices& disabled, const std::string& ending = {}) {
  for (const auto& [flag, column] :
       {std::pair{disabled.smtpd, "disablesmtpd"}, std::pair{disabled.smtp, "disablesmtp"},
        std::pair{disabled.webmail, "disablewebmail"}, std::pair{disabled.imap, "disableimap"},
        std::pair{disabled.pop3, "disablepop3"}}) {
    if (flag) add(text, std::string(column) + " = 1" + ending);
  }
}

}  // namespace

std::string row_text(const DomainRecord& domain, const Judging& judging) {
  std::string text = domain.active ? "active" : "inactive";
  add_expiry(text, domain.expires, judging);
  if (judging.rules.enforce_domain_services) add_disabled(text, domain.disabled);
  if (const auto transport = stored_transport(domain.transport); !transport.empty())
    add(text, "transport " + std::string(transport));
  return text;
}

std::string row_text(const MailboxRecord& mailbox, const Judging& judging) {
  std::string text = mailbox.active ? "active" : "inactive";
  add_expiry(text, mailbox.expires, judging);
  add_disabled(text, mailbox.disabled);
  if (!mailbox.mailhost.empty()) add(text, "mailhost " + mailbox.mailhost);
  if (!mailbox.domain) {
    add(text, "its domain has no row");
  } else if (!is_ours(*mailbox.domain, judging.rules, judging.today)) {
    add(text, "its domain is " + row_text(*mailbox.domain, judging));
  } else if (judging.rules.enforce_domain_services) {
    add_disabled(text, mailbox.domain->disabled, " in its domain");
  }
  return text;
}

std::string row_text(const AliasRecord& alias, std::string_view asked) {
  std::string text;
  if (!alias.active) add(text, "inactive");
  if (asked.starts_with('@')) add(text, "catch-all");
  const auto& targets = alias.targets;
  if (std::any_of(targets.begin(), targets.end(), [](const auto& target) { return target.starts_with('@'); }))
    add(text, "to another domain");
  if (targets.empty()) add(text, "leads nowhere");
  std::string list;
  for (std::size_t i = 0; i < std::min(targets.size(), kMaxShownTargets); ++i)
    list += (i == 0 ? "goto " : ",") + targets[i];
  if (targets.size() > kMaxShownTargets)
    list += " and " + std::to_string(targets.size() - kMaxShownTargets) + " more";
  if (!list.empty()) add(text, list);
  return text;
}

}  // namespace extmail::ctl
