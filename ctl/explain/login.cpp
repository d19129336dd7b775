// SPDX-License-Identifier: MIT
#include "ctl/explain/login.hpp"

#include "core/account_password.hpp"
#include "core/address.hpp"
#include "core/idn.hpp"
#include "core/service_column.hpp"
#include "ctl/explain/recording_directory.hpp"

#include <chrono>
#include <utility>

namespace extmail::ctl {
namespace {

constexpr std::chrono::seconds kPatience{30};

Explanation ended(std::vector<Step> steps, Verdict verdict, const std::string& text) {
  return {std::move(steps), verdict, "The login " + text + '.'};
}

/// The password's step; the app password that matched, if one did.
struct Tried {
  Step step;
  AccountPassword found;
};

Tried try_password(const Login& login, const AccountRecord& account, const LoginJudging& judging) {
  Tried tried{{"password", login.user}, {}};
  tried.found = find_password(login.password->view(), account, judging.default_scheme);
  switch (tried.found.check) {
    case PasswordCheck::Match:
      tried.step.outcome = Outcome::Found;
      tried.step.answer =
          tried.found.app == nullptr ? "right" : "right: the app password " + tried.found.app->name;
      break;
    case PasswordCheck::Mismatch:
      tried.step.answer = "wrong";
      break;
    case PasswordCheck::Unusable:
      tried.step.outcome = Outcome::PermanentFailure;
      tried.step.answer = tried.found.fault;
      break;
  }
  return tried;
}

/// The refusal, with the column that stands for it.
std::string reason_of(const LoginRules::Ruling& ruling, const Login& login, const AccountRecord& account,
                      const AccessRules& rules, const std::string& today) {
  const MailboxRecord& mailbox = account.mailbox;
  switch (may_log_in(mailbox, login.service, rules, today)) {
    case Access::DomainNotOurs:
      if (!mailbox.domain) return "the domain of the mailbox has no row";
      return "its domain " + mailbox.domain->name + " is " + row_text(*mailbox.domain, {rules, today});
    case Access::Inactive:
      return "the mailbox is inactive (active = 0)";
    case Access::Expired:
      return "the mailbox has expired (expiredate = " + mailbox.expires + ')';
    case Access::ServiceDisabled:
      return "the mailbox is disabled for " + login.service + " (" +
             std::string(disabling_column(login.service)) + " = 1)";
    case Access::Allowed:
      break;
  }
  return ruling.reason;
}

}  // namespace

Explanation explain_login(const RecordSource& source, const Clock& clock, const LoginJudging& judging,
                          const Login& login) {
  const std::string today = clock.today();
  const AccessRules& access = judging.rules.access;
  RecordingDirectory rows(source, {access, today});
  std::vector<Step> steps;
  Step& row = steps.emplace_back(Step{"account", login.user});
  const auto address = parse_address(login.user);
  const auto found = address
                         ? IdnAccountDirectory(rows).find_account(address->text(), clock.now() + kPatience)
                         : Answer<AccountRecord>::not_found();
  row.outcome = found.outcome();
  row.answer = found.is_found() ? found.value().mailbox.username : found.reason();
  row.rows = rows.take();
  if (found.is_not_found())
    return ended(std::move(steps), Verdict::Refused, "is refused: there is no mailbox " + login.user);
  if (found.is_failure())
    return ended(std::move(steps), verdict_on_failure(found.outcome()),
                 "can't be decided: " + found.reason());

  const AccountRecord& account = found.value();
  const AppPassword* app = nullptr;
  if (login.password) {
    auto tried = try_password(login, account, judging);
    app = tried.found.app;
    const auto check = tried.found.check;
    steps.push_back(std::move(tried.step));
    if (check == PasswordCheck::Mismatch)
      return ended(std::move(steps), Verdict::Refused, "is refused: the password is wrong");
    if (check == PasswordCheck::Unusable) {
      return ended(std::move(steps), Verdict::Misconfigured, "is refused: " + tried.found.fault);
    }
  }
  const LoginRules rules(judging.rules, clock);
  const LoginRules::Visit visit{login.service, login.remote};
  const auto ruling = app == nullptr ? rules.log_in(visit, account) : rules.log_in(visit, account, *app);
  using Kind = LoginRules::Ruling::Kind;
  Step& step = steps.emplace_back(Step{"rules", login.service + " from " + login.remote});
  step.answer = ruling.kind == Kind::Allowed ? "allowed" : ruling.reason;
  step.outcome = ruling.kind == Kind::Allowed  ? Outcome::Found
                 : ruling.kind == Kind::Denied ? Outcome::NotFound
                                               : Outcome::PermanentFailure;
  if (ruling.kind == Kind::Unusable)
    return ended(std::move(steps), Verdict::Misconfigured, "is refused: " + ruling.reason);
  if (ruling.kind == Kind::Denied) {
    return ended(std::move(steps), Verdict::Refused,
                 "is refused: " + reason_of(ruling, login, account, access, today));
  }
  const std::string where = ruling.mailhost.empty()
                                ? "the mail is in " + ruling.location.maildir
                                : "the mail is on " + ruling.mailhost + ", where the host takes the user to";
  return ended(std::move(steps), Verdict::Passes,
               (login.password ? "is let in: " : "is let in with the right password: ") + where);
}

}  // namespace extmail::ctl
