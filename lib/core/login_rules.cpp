// SPDX-License-Identifier: MIT
#include "core/login_rules.hpp"

#include "core/address.hpp"
#include "core/network.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace extmail {
namespace {

using Ruling = LoginRules::Ruling;
using Kind = LoginRules::Ruling::Kind;
using Visit = LoginRules::Visit;

constexpr std::string_view kAllowNets = "allow_nets";

Ruling denied(std::string reason) {
  return {Kind::Denied, std::move(reason)};
}
Ruling unusable(std::string reason) {
  return {Kind::Unusable, std::move(reason)};
}

std::string_view trimmed(std::string_view text) {
  const std::size_t start = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(start);
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

/// Whether service is in a list of names, or the list is empty.
bool is_among(std::string_view service, std::string_view list) {
  if (trimmed(list).empty()) return true;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_key(trimmed(list.substr(0, comma)), service)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

/// Empty when the networks, as a row has them, let the client in; else a refusal. what names the list.
std::optional<Ruling> keep_out(const Visit& visit, std::string_view networks, const std::string& what) {
  const auto list = NetworkList::parse(networks);
  if (!list.is_found()) return unusable(what + ": " + list.reason());
  if (list.value().contains(IpAddress::parse(visit.remote))) return std::nullopt;
  return denied(what + " does not name the client's network");
}

/// Letters, digits and what parts them in names, IPv6 addresses and ports: it ends up in the host's own protocols.
bool is_host_and_port(std::string_view text) {
  constexpr std::size_t kMaxBytes = 255;
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]";
  return text.size() <= kMaxBytes && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

LoginRules::LoginRules(Settings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {}

Ruling LoginRules::log_in(const Visit& visit, const AccountRecord& account) const {
  for (const auto& [name, value] : account.fields) {
    if (!same_key(name, kAllowNets)) continue;  // the key of the table takes no notice of case either
    const std::string what = "the field allow_nets of mailbox " + account.mailbox.username;
    if (auto refused = keep_out(visit, value, what)) return std::move(*refused);
  }
  return user(visit, account);
}

Ruling LoginRules::log_in(const Visit& visit, const AccountRecord& account, const AppPassword& app) const {
  const std::string what = "the app password " + app.name;
  if (!app.expires.empty() && app.expires <= clock_.today()) return denied(what + " has expired");
  if (!is_among(visit.service, app.services)) return denied(what + " is not for this service");
  if (!app.networks.empty()) {
    auto refused = keep_out(visit, app.networks, what + " of mailbox " + account.mailbox.username);
    if (refused) return std::move(*refused);
  }
  return log_in(visit, account);
}

Ruling LoginRules::user(const Visit& visit, const AccountRecord& account) const {
  if (!account.fault.empty()) return unusable(account.fault);
  const Access access = may_log_in(account.mailbox, visit.service, settings_.access, clock_.today());
  if (access != Access::Allowed) return denied(std::string(describe(access)));
  return locate(account.mailbox);
}

bool LoginRules::is_listed(const MailboxRecord& mailbox) const {
  return may_receive(mailbox, settings_.access, clock_.today()) == Access::Allowed;
}

bool LoginRules::is_elsewhere(const MailboxRecord& mailbox) const {
  if (!settings_.proxies || mailbox.mailhost.empty()) return false;
  return std::none_of(settings_.own_names.begin(), settings_.own_names.end(),
                      [&](const auto& name) { return same_key(name, mailbox.mailhost); });
}

Ruling LoginRules::locate(const MailboxRecord& mailbox) const {
  Ruling allowed;
  if (is_elsewhere(mailbox)) {
    if (!is_host_and_port(mailbox.mailhost))
      return unusable("mailbox " + mailbox.username + ": mailhost is no host name; correct the row");
    allowed.mailhost = mailbox.mailhost;
  }
  auto location = locate_mail(mailbox, settings_.mail);
  if (location.is_found()) {
    allowed.location = std::move(location).value();
  } else if (allowed.mailhost.empty()) {  // where the mail of another host lies is for that host to know
    return unusable(location.reason());
  }
  return allowed;
}

}  // namespace extmail
