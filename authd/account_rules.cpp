// SPDX-License-Identifier: MIT
#include "authd/account_rules.hpp"

#include "core/quota.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace extmail::authd {
namespace {

using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;
using Kind = LoginRules::Ruling::Kind;

/// What a reply may hold, less the most that the columns of a mailbox take. A plugin cuts a connection that brings more, and
/// with it everybody's logins.
constexpr std::size_t kMaxFieldsBytes = wire::auth::kMaxMessageBytes - 16384;

/// As a reply frames them.
std::size_t bytes_of(const std::vector<std::pair<std::string, std::string>>& fields) {
  constexpr std::size_t kFrameBytes = std::string_view("12345:extra==,").size();
  std::size_t bytes = 0;
  for (const auto& [name, value] : fields)
    bytes += name.size() + value.size() + kFrameBytes;
  return bytes;
}

LoginRules::Visit visit_of(const Request& request) {
  return {request.service, request.remote};
}

Reply reply_to(const Request& request, const AccountRecord& account, LoginRules::Ruling ruling) {
  const MailboxRecord& mailbox = account.mailbox;
  if (ruling.kind != Kind::Allowed)
    return refusal(request, ruling.kind == Kind::Denied ? Status::Denied : Status::Permanent, ruling.reason);
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
  user.mailhost = std::move(ruling.mailhost);
  user.uid = ruling.location.uid;
  user.gid = ruling.location.gid;
  user.home = std::move(ruling.location.home);
  user.maildir = std::move(ruling.location.maildir);
  const Quota quota = parse_quota(mailbox.quota);
  user.quota_bytes = quota.bytes;
  user.quota_messages = quota.messages;
  return reply;
}

}  // namespace

Reply refusal(const Request& request, Status status, std::string_view reason) {
  Reply reply;
  reply.status = status;
  reply.tag = request.tag;
  reply.reason = reason;
  return reply;
}

AccountRules::AccountRules(Settings settings, const Clock& clock) : rules_(std::move(settings), clock) {}

Reply AccountRules::log_in(const Request& request, const AccountRecord& account) const {
  return reply_to(request, account, rules_.log_in(visit_of(request), account));
}

Reply AccountRules::log_in(const Request& request, const AccountRecord& account,
                           const AppPassword& app) const {
  return reply_to(request, account, rules_.log_in(visit_of(request), account, app));
}

Reply AccountRules::user(const Request& request, const AccountRecord& account) const {
  return reply_to(request, account, rules_.user(visit_of(request), account));
}

}  // namespace extmail::authd
