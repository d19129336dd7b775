// SPDX-License-Identifier: MIT
#include "authd/account_rules.hpp"

#include "core/address.hpp"
#include "core/network.hpp"
#include "core/quota.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace extmail::authd {
namespace {

using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;

constexpr std::string_view kAllowNets = "allow_nets";

/// What a reply may hold, less the most that the columns of a mailbox take. A plugin cuts a connection that brings more, and
/// with it everybody's logins.
constexpr std::size_t kMaxFieldsBytes = wire::auth::kMaxMessageBytes - 16384;

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
std::optional<Reply> keep_out(const Request& request, std::string_view networks, const std::string& what) {
  const auto list = NetworkList::parse(networks);
  if (!list.is_found()) return refusal(request, Status::Permanent, what + ": " + list.reason());
  if (list.value().contains(IpAddress::parse(request.remote))) return std::nullopt;
  return refusal(request, Status::Denied, what + " does not name the client's network");
}

/// As a reply frames them.
std::size_t bytes_of(const std::vector<std::pair<std::string, std::string>>& fields) {
  constexpr std::size_t kFrameBytes = std::string_view("12345:extra==,").size();
  std::size_t bytes = 0;
  for (const auto& [name, value] : fields)
    bytes += name.size() + value.size() + kFrameBytes;
  return bytes;
}

/// Letters, digits and what parts them in names, IPv6 addresses and ports: it ends up in the host's own protocols.
bool is_host(std::string_view text) {
  constexpr std::size_t kMaxBytes = 255;
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]";
  return text.size() <= kMaxBytes && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

Reply refusal(const Request& request, Status status, std::string_view reason) {
  Reply reply;
  reply.status = status;
  reply.tag = request.tag;
  reply.reason = reason;
  return reply;
}

AccountRules::AccountRules(Settings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {}

Reply AccountRules::log_in(const Request& request, const AccountRecord& account) const {
  for (const auto& [name, value] : account.fields) {
    if (!same_key(name, kAllowNets)) continue;  // the key of the table takes no notice of case either
    const std::string what = "the field allow_nets of mailbox " + account.mailbox.username;
    if (auto refused = keep_out(request, value, what)) return std::move(*refused);
  }
  return user(request, account);
}

Reply AccountRules::log_in(const Request& request, const AccountRecord& account,
                           const AppPassword& app) const {
  const std::string what = "the app password " + app.name;
  if (!app.expires.empty() && app.expires <= clock_.today())
    return refusal(request, Status::Denied, what + " has expired");
  if (!is_among(request.service, app.services))
    return refusal(request, Status::Denied, what + " is not for this service");
  if (!app.networks.empty()) {
    auto refused = keep_out(request, app.networks, what + " of mailbox " + account.mailbox.username);
    if (refused) return std::move(*refused);
  }
  return log_in(request, account);
}

Reply AccountRules::user(const Request& request, const AccountRecord& account) const {
  if (!account.fault.empty()) return refusal(request, Status::Permanent, account.fault);
  const Access access = may_log_in(account.mailbox, request.service, settings_.access, clock_.today());
  if (access != Access::Allowed) return refusal(request, Status::Denied, describe(access));
  return described(request, account);
}

bool AccountRules::is_listed(const MailboxRecord& mailbox) const {
  return may_receive(mailbox, settings_.access, clock_.today()) == Access::Allowed;
}

bool AccountRules::is_elsewhere(const MailboxRecord& mailbox) const {
  if (!settings_.proxies || mailbox.mailhost.empty()) return false;
  return std::none_of(settings_.own_names.begin(), settings_.own_names.end(),
                      [&](const auto& name) { return same_key(name, mailbox.mailhost); });
}

Reply AccountRules::described(const Request& request, const AccountRecord& account) const {
  const MailboxRecord& mailbox = account.mailbox;
  if (bytes_of(account.fields) > kMaxFieldsBytes) {
    return refusal(request, Status::Permanent,
                   "mailbox " + mailbox.username +
                       ": its rows in extmail_user_field are too long together; shorten or delete some");
  }
  Reply reply;
  reply.status = Status::Ok;
  reply.tag = request.tag;
  auto& user = reply.user.emplace();
  user.user = mailbox.username;
  user.extra = account.fields;
  if (is_elsewhere(mailbox)) {
    if (!is_host(mailbox.mailhost)) {
      return refusal(request, Status::Permanent,
                     "mailbox " + mailbox.username + ": mailhost is no host name; correct the row");
    }
    user.mailhost = mailbox.mailhost;
  }
  auto location = locate_mail(mailbox, settings_.mail);
  if (location.is_found()) {
    user.uid = location.value().uid;
    user.gid = location.value().gid;
    user.home = std::move(location.value().home);
    user.maildir = std::move(location.value().maildir);
  } else if (user.mailhost.empty()) {  // where the mail of another host lies is for that host to know
    return refusal(request, Status::Permanent, location.reason());
  }
  const Quota quota = parse_quota(mailbox.quota);
  user.quota_bytes = quota.bytes;
  user.quota_messages = quota.messages;
  return reply;
}

}  // namespace extmail::authd
