// SPDX-License-Identifier: MIT
#include "policyd/access/account_rule.hpp"

#include "core/access.hpp"
#include "core/address_maps.hpp"

#include <string>

namespace extmail::policyd {
namespace {

using Verdict = Answer<Judgement>;

Verdict refuse_login(const Address& login, std::string_view why) {
  return Verdict::found(Action{"REJECT 5.7.1 " + login.text() + " may no longer send: " + std::string(why),
                               "row of the login"});
}

}  // namespace

Verdict AccountRule::judge(const std::shared_ptr<const Facts>& facts, const Rows& rows) const {
  auto of_login = judge_login(*facts, rows.directory);
  return of_login.is_not_found() ? judge_recipient(*facts, rows.directory) : of_login;
}

Verdict AccountRule::judge_login(const Facts& facts, const Directory& directory) const {
  const auto& login = facts.login();
  if (!login) return Verdict::not_found();
  const auto mailbox = directory.find_mailbox(login->text(), {});
  if (mailbox.is_failure()) return Verdict::same_failure(mailbox);
  if (mailbox.is_found()) {
    const Access access = may_log_in(mailbox.value(), "smtp", mail_->access, clock_.today());
    return access == Access::Allowed ? Verdict::not_found() : refuse_login(*login, describe(access));
  }
  // A login that is no mailbox was let in by somebody else, or its mailbox was deleted; only the latter is ours to refuse.
  const auto domain = directory.find_domain(login->domain, {});
  if (!domain.is_found()) return Verdict::same_failure(domain);
  return refuse_login(*login, "the mailbox is gone");
}

Verdict AccountRule::judge_recipient(const Facts& facts, const Directory& directory) const {
  if (facts.stage() != Stage::Rcpt || !facts.recipient()) return Verdict::not_found();
  const AddressMaps maps(directory, clock_, *mail_);
  const auto reply = maps.recipient_access(*facts.recipient(), {});
  if (!reply.is_found()) return Verdict::same_failure(reply);
  return Verdict::found(Action{reply.value(), "row of the recipient"});
}

}  // namespace extmail::policyd
