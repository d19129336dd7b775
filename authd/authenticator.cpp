// SPDX-License-Identifier: MIT
#include "authd/authenticator.hpp"

#include "core/address.hpp"
#include "core/password.hpp"
#include "core/printable.hpp"
#include "core/quota.hpp"

#include <optional>
#include <string>
#include <utility>

namespace extmail::authd {
namespace {

using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;

Reply refusal(const Request& request, Status status, std::string_view reason) {
  Reply reply;
  reply.status = status;
  reply.tag = request.tag;
  reply.reason = reason;
  return reply;
}

template <typename T>
Reply failure(const Request& request, const Answer<T>& answer) {
  switch (answer.outcome()) {
    case Outcome::NotFound:
      return refusal(request, Status::Unknown, "no such mailbox");
    case Outcome::PermanentFailure:
      return refusal(request, Status::Permanent, answer.reason());
    default:
      return refusal(request, Status::Temporary, answer.reason());
  }
}

std::string subject(const Request& request) {
  std::string text = "user=" + log_value(request.user) + " service=" + log_value(request.service);
  if (!request.remote.empty()) text += " remote=" + log_value(request.remote);
  return text;
}

}  // namespace

Authenticator::Authenticator(const Directory& directory, const PasswordDirectory& passwords,
                             const Clock& clock, Log& log, Settings settings)
    : directory_(directory),
      passwords_(passwords),
      clock_(clock),
      log_(log),
      settings_(std::move(settings)) {}

Authenticator::Evidence Authenticator::look_up(std::string_view user, Deadline deadline) const {
  Evidence evidence{Answer<MailboxRecord>::not_found(), Answer<StoredPassword>::not_found()};
  const auto address = parse_address(user);
  if (!address) return evidence;
  evidence.mailbox = directory_.find_mailbox(address->text(), deadline);
  if (evidence.mailbox.is_found())
    evidence.password = passwords_.find_password(fold_case(evidence.mailbox.value().username), deadline);
  return evidence;
}

Reply Authenticator::verify(const Request& request, const Evidence& evidence) const {
  Reply reply = judge(request, evidence);
  log_outcome(request, reply, "login_ok", "login_refused");
  return reply;
}

void Authenticator::log_outcome(const Request& request, const Reply& reply, std::string_view granted,
                                std::string_view refused) const {
  switch (reply.status) {
    case Status::Ok:
      return log_.write(Level::Info, granted, subject(request));
    case Status::Temporary:
      return log_.write(Level::Warning, "login_unavailable", subject(request) + ": " + reply.reason);
    case Status::Permanent:
      return log_.write(Level::Error, "account_unusable", subject(request) + ": " + reply.reason);
    default:
      return log_.write(Level::Notice, refused, subject(request) + ": " + reply.reason);
  }
}

Reply Authenticator::judge(const Request& request, const Evidence& evidence) const {
  if (!evidence.mailbox.is_found()) {
    if (evidence.mailbox.is_not_found()) decoy_.check(request.password.view());
    return failure(request, evidence.mailbox);
  }
  // Deleted between the two reads: not found, as if it had been gone before.
  if (!evidence.password.is_found()) return failure(request, evidence.password);

  const MailboxRecord& mailbox = evidence.mailbox.value();
  const std::string_view stored = evidence.password.value().password.view();
  decoy_.resemble(stored);
  switch (check_password(request.password.view(), stored)) {
    case PasswordCheck::Mismatch:
      return refusal(request, Status::Mismatch, "wrong password");
    case PasswordCheck::Unusable:
      return refusal(
          request, Status::Permanent,
          "mailbox " + mailbox.username +
              ": the column password has no known scheme, is damaged or far too costly; set a new password");
    case PasswordCheck::Match:
      break;
  }
  return described(request, mailbox);
}

Reply Authenticator::described(const Request& request, const MailboxRecord& mailbox) const {
  const Access access = may_log_in(mailbox, request.service, settings_.rules, clock_.today());
  if (access != Access::Allowed) return refusal(request, Status::Denied, describe(access));
  const auto location = locate_mail(mailbox, settings_.mail);
  if (!location.is_found()) return failure(request, location);

  const Quota quota = parse_quota(mailbox.quota);
  Reply reply;
  reply.status = Status::Ok;
  reply.tag = request.tag;
  reply.user = {mailbox.username,         location.value().uid, location.value().gid, location.value().home,
                location.value().maildir, quota.bytes,          quota.messages};
  return reply;
}

Reply Authenticator::user_data(const Request& request, Deadline deadline) const {
  const auto address = parse_address(request.user);
  if (!address) return refusal(request, Status::Unknown, "not an address");
  const auto mailbox = directory_.find_mailbox(address->text(), deadline);
  if (!mailbox.is_found()) return failure(request, mailbox);
  Reply reply = described(request, mailbox.value());
  if (reply.status == Status::Permanent) {
    log_.write(Level::Error, "account_unusable", subject(request) + ": " + reply.reason);
  }
  return reply;
}

Reply Authenticator::credentials(const Request& request, Deadline deadline) const {
  Reply reply = find_credentials(request, deadline);
  log_outcome(request, reply, "credentials_given", "credentials_refused");
  return reply;
}

Reply Authenticator::find_credentials(const Request& request, Deadline deadline) const {
  const Evidence evidence = look_up(request.user, deadline);
  if (!evidence.mailbox.is_found()) return failure(request, evidence.mailbox);
  if (!evidence.password.is_found()) return failure(request, evidence.password);
  const Access access =
      may_log_in(evidence.mailbox.value(), request.service, settings_.rules, clock_.today());
  if (access != Access::Allowed) return refusal(request, Status::Denied, describe(access));

  Reply reply;
  reply.status = Status::Ok;
  reply.tag = request.tag;
  const StoredPassword& stored = evidence.password.value();
  const std::string_view readable = clear_text(stored.password.view());
  // The column password is what counts: clearpwd is only its copy, and may be older than it.
  if (!readable.empty()) {
    reply.clear_password.emplace(readable);
  } else if (!stored.clear.empty() &&
             check_password(stored.clear.view(), stored.password.view()) == PasswordCheck::Match) {
    reply.clear_password = stored.clear.clone();
  }
  return reply;
}

}  // namespace extmail::authd
