// SPDX-License-Identifier: MIT
#include "policyd/rules.hpp"

#include "core/printable.hpp"

#include <utility>

namespace extmail::policyd {
namespace {

using Verdict = Answer<std::string>;

std::string subject(const wire::policy::Request& request) {
  std::string text =
      "sender=<" + std::string(request.sender) + "> recipient=<" + std::string(request.recipient) + '>';
  if (!request.sasl_username.empty()) text += " login=" + log_value(request.sasl_username);
  return text + " client=" + std::string(request.client_address);
}

}  // namespace

Rules::Rules(const Directory& directory, const Clock& clock, Log& log, Settings settings)
    : directory_(directory),
      clock_(clock),
      log_(log),
      settings_(std::move(settings)),
      maps_(directory, clock, settings_.mail) {}

std::string Rules::decide(const wire::policy::Request& request, Deadline deadline) const {
  for (const auto rule : {&Rules::check_login, &Rules::check_recipient}) {
    const Verdict verdict = (this->*rule)(request, deadline);
    if (verdict.is_not_found()) continue;
    if (verdict.is_found()) {
      log_.write(Level::Info, "refused", subject(request) + ": " + verdict.value());
      return verdict.value();
    }
    if (verdict.outcome() == Outcome::PermanentFailure) {
      log_.write(Level::Error, "rule_failed", subject(request) + ": " + verdict.reason());
    }
    return settings_.on_failure;
  }
  return "DUNNO";
}

Verdict Rules::check_login(const wire::policy::Request& request, Deadline deadline) const {
  const auto login = parse_address(request.sasl_username);
  if (!login) return Verdict::not_found();
  const auto mailbox = directory_.find_mailbox(login->text(), deadline);
  if (mailbox.is_failure()) return Verdict::same_failure(mailbox);
  if (mailbox.is_found()) {
    const Access access = may_log_in(mailbox.value(), "smtp", settings_.mail.access, clock_.today());
    if (access == Access::Allowed) return Verdict::not_found();
    return Verdict::found("REJECT 5.7.1 " + login->text() +
                          " may no longer send: " + std::string(describe(access)));
  }
  // A login that is no mailbox was let in by somebody else, or its mailbox was deleted; only the latter is
  // ours to refuse.
  const auto domain = directory_.find_domain(login->domain, deadline);
  if (!domain.is_found()) return Verdict::same_failure(domain);
  return Verdict::found("REJECT 5.7.1 " + login->text() + " may no longer send: the mailbox is gone");
}

Verdict Rules::check_recipient(const wire::policy::Request& request, Deadline deadline) const {
  if (request.protocol_state != "RCPT") return Verdict::not_found();
  return maps_.recipient_access(request.recipient, deadline);
}

}  // namespace extmail::policyd
