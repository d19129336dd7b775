// SPDX-License-Identifier: MIT
#include "authd/authenticator.hpp"

#include "authd/audit.hpp"
#include "authd/refusals.hpp"
#include "core/address.hpp"
#include "core/idn.hpp"
#include "core/network.hpp"
#include "wire/saslauthd.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace extmail::authd {

using namespace std::chrono_literals;
using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;
using wire::auth::Verb;

namespace {

/// From when a throttle has let a request in. Shorter than the 10 s that the plugins wait unless they are told otherwise.
constexpr auto kLookupTime = 8s;

/// Whether a password is at stake, so that asking again and again is guessing.
bool is_login(const Request& request) {
  return request.verb == Verb::Verify || request.verb == Verb::ChangePassword ||
         (request.verb == Verb::Credentials && !request.scheme.empty());
}

/// By which name guesses are counted: the spellings of an address are one.
std::string counted_name(const Request& request) {
  const auto address = parse_address(request.user);
  return address ? address->text() : request.user;
}

std::shared_ptr<const AccountRules> listing_rules(std::shared_ptr<const Authenticator::Rules> rules) {
  const AccountRules& accounts = rules->accounts;
  return {std::move(rules), &accounts};
}

}  // namespace

struct Authenticator::Attempt {
  Request request;
  Done done;
  std::shared_ptr<const Rules> rules;
  std::optional<ChallengeResponse> response;        ///< in place of the password
  std::optional<LoginThrottle::Attempt> throttled;  ///< of a login
  Time began;
  Deadline deadline;
  AccountRecord account;
  Secret decoy;              ///< what an unknown user's password is checked against
  std::string app_password;  ///< the one that matched
  bool is_app = false;       ///< an app password matched
  bool is_reset = false;     ///< a change of password without the old one
};

Authenticator::Authenticator(const Parts& parts, std::shared_ptr<const Rules> rules,
                             const cache::Store::Settings& cache, Database database, std::size_t hash_threads,
                             const Clock& clock, Log& log)
    : parts_(parts),
      clock_(clock),
      log_(log),
      rules_(std::move(rules)),
      hashes_(hash_threads, parts.metrics, clock, log),
      lists_(std::move(database.pages), log),
      store_(cache, std::move(database.rows), clock, log, parts.handover,
             [&memory = parts.memory] { memory.forget_all(); }) {
  if (parts.writer != nullptr) changer_.emplace(*parts.writer, clock, log);
}

Authenticator::~Authenticator() {
  if (changer_) changer_->end();
}

void Authenticator::replace_database(Database database) {
  lists_.replace(std::move(database.pages));
  store_.replace(std::move(database.rows));
}

Authenticator::Shared Authenticator::begin(Request request, Done done) const {
  const Time now = clock_.now();
  auto attempt = std::make_shared<Attempt>();
  attempt->request = std::move(request);
  attempt->done = std::move(done);
  attempt->rules = rules_;
  attempt->began = now;
  attempt->deadline = now + kLookupTime;
  return attempt;
}

void Authenticator::submit(Request request, ChallengeResponse response, Done done) {
  const auto attempt = begin(std::move(request), std::move(done));
  attempt->request.password = response.digest_hex.clone();  // what is counted as a guess
  attempt->response = std::move(response);
  admit(attempt);
}

void Authenticator::submit(Request request, Done done) {
  const auto attempt = begin(std::move(request), std::move(done));
  if (attempt->request.verb == Verb::List) return list(attempt);
  if (attempt->request.verb == Verb::ChangePassword && !accepts_change(attempt)) return;
  if (!is_login(attempt->request)) return look_up(attempt);
  admit(attempt);
}

void Authenticator::set_password(Request request, Done done) {
  const auto attempt = begin(std::move(request), std::move(done));
  attempt->is_reset = true;
  if (accepts_change(attempt)) look_up(attempt);
}

bool Authenticator::accepts_change(const Shared& attempt) {
  const Request& request = attempt->request;
  const auto& rules = attempt->rules->changes;
  const std::string fault =
      rules && changer_ ? fault_of_new_password(request.new_password.view(), request.password.view(), *rules)
                        : "passwords are not changed here: see enabled in [authd.password_change]";
  if (!fault.empty()) answer(attempt, refusal(request, Status::Denied, fault));
  return fault.empty();
}

void Authenticator::admit(const Shared& attempt) {
  const Request& request = attempt->request;
  // Who is slowed down is not given the password, so that it is the next question that tells right from wrong.
  const auto place = request.verifies_next ? LoginThrottle::Place::Left : LoginThrottle::Place::Taken;
  const auto& login = attempt->throttled.emplace(
      parts_.throttle.admit(counted_name(request), IpAddress::parse(request.remote), request.password.view(),
                            attempt->began, place));
  switch (login.verdict()) {
    case LoginThrottle::Verdict::Now:
      return look_up(attempt);
    case LoginThrottle::Verdict::Wait:
      attempt->deadline += login.wait();
      return delays_.run_at(attempt->began + login.wait(), [this, attempt] { look_up(attempt); });
    case LoginThrottle::Verdict::Refused:
      break;
  }
  const std::string reason = "too many failed logins from this network; try again later";
  log_throttled(log_, request, reason);
  answer(attempt, refusal(request, Status::Temporary, reason), Ending::Throttled);
}

void Authenticator::look_up(const Shared& attempt) {
  const auto address = parse_address(attempt->request.user);
  if (!address) return judge(attempt, Answer<AccountRecord>::not_found());
  store_.ask(
      [username = address->text()](const AccountDirectory& directory) {
        return IdnAccountDirectory(directory).find_account(username, {});
      },
      [this, attempt](Answer<AccountRecord> account, cache::AnsweredFrom) {
        judge(attempt, std::move(account));
      });
}

void Authenticator::judge(const Shared& attempt, Answer<AccountRecord>&& account) {
  const Request& request = attempt->request;
  if (account.is_not_found() && attempt->throttled && request.verb != Verb::Credentials)
    return refuse_unknown(attempt);
  if (!account.is_found()) return answer(attempt, failure(request, account));
  attempt->account = std::move(account).value();
  switch (request.verb) {
    case Verb::Verify:
      return verify(attempt);
    case Verb::ChangePassword:
      return attempt->is_reset ? change_password(attempt) : verify(attempt);
    case Verb::Credentials:
      return give_credentials(attempt);
    default:
      return answer(attempt, attempt->rules->accounts.user(request, attempt->account));
  }
}

/// Takes no hash mostly, so that nobody waits for one: unknown users neither.
void Authenticator::verify_response(const Shared& attempt) {
  const auto check = [this, attempt] {
    const auto verdict = attempt->rules->passwords.check(*attempt->response, attempt->account);
    if (verdict.check != PasswordCheck::Unusable) return conclude(attempt, verdict);
    (void)note_failure(*attempt);
    answer(attempt, refusal(attempt->request, Status::Mismatch, verdict.fault));
  };
  if (attempt->rules->passwords.credentials_at_once(attempt->account)) return check();
  hash(attempt, check);
}

void Authenticator::verify(const Shared& attempt) {
  if (attempt->response) return verify_response(attempt);
  const std::string_view password = attempt->request.password.view();
  if (const auto verdict = attempt->rules->passwords.at_once(password, attempt->account)) {
    const bool is_remembered = verdict->check == PasswordCheck::Match && !verdict->is_new;
    if (is_remembered) parts_.metrics.count_remembered();
    if (!is_remembered) show_decoy(*attempt);
    return conclude(attempt, *verdict);
  }
  const PasswordToCheck own = attempt->rules->passwords.own_password(password, attempt->account);
  check_hash(attempt, own, [this, attempt](PasswordCheck found) {
    show_decoy(*attempt);
    const auto is_late = [&] { return clock_.now() >= attempt->deadline; };
    conclude(attempt, attempt->rules->passwords.check_rest(found, attempt->request.password.view(),
                                                           attempt->account, is_late));
  });
}

void Authenticator::show_decoy(const Attempt& attempt) {
  decoy_.resemble(attempt.account.secrets->password.view(), attempt.rules->passwords.default_scheme());
}

void Authenticator::refuse_unknown(const Shared& attempt) {
  const auto refuse = [this, attempt](PasswordCheck /*decoy*/) {
    (void)note_failure(*attempt);
    answer(attempt, failure(attempt->request, Answer<AccountRecord>::not_found()));
  };
  if (attempt->response || decoy_.is_quick()) return refuse(PasswordCheck::Mismatch);
  attempt->decoy = decoy_.hash();
  check_hash(attempt, {attempt->request.password.view(), attempt->decoy.view()}, refuse);
}

void Authenticator::conclude(const Shared& attempt, const PasswordChecker::Verdict& verdict) {
  const Request& request = attempt->request;
  const AccountRecord& account = attempt->account;
  const auto& rules = attempt->rules->accounts;
  if (verdict.is_late) {
    // It may have been right. Not to count it would let somebody guess for nothing where there are many app passwords.
    (void)note_failure(*attempt);
    return answer_overloaded(attempt);
  }
  if (verdict.check == PasswordCheck::Mismatch) {
    if (!verdict.fault.empty()) log_unusable(log_, request, verdict.fault);
    // fail2ban counts the first wording only (deploy/fail2ban): an old password in a phone is no guess.
    const bool is_guess = note_failure(*attempt);
    return answer(attempt, refusal(request, Status::Mismatch,
                                   is_guess ? "wrong password" : "wrong password, the same as before"));
  }
  if (verdict.check == PasswordCheck::Unusable) {
    // An admin may have locked the mailbox's own password in this way; at its app passwords it was a guess all the same.
    if (!account.secrets->app_passwords.empty()) (void)note_failure(*attempt);
    return answer(attempt, refusal(request, Status::Permanent, verdict.fault));
  }
  if (verdict.app != nullptr) attempt->app_password = verdict.app->name;
  attempt->is_app = verdict.app != nullptr;
  if (request.verb == Verb::ChangePassword) return change_password(attempt);
  const Reply reply =
      verdict.app == nullptr ? rules.log_in(request, account) : rules.log_in(request, account, *verdict.app);
  if (reply.status == Status::Ok) note_login(*attempt, verdict);
  answer(attempt, reply);
}

Reply Authenticator::may_change_password(const Attempt& attempt) {
  const Request& request = attempt.request;
  const auto& rules = attempt.rules->accounts;
  if (attempt.is_app)
    return refusal(request, Status::Denied, "an app password can't change the mailbox's own");
  // Who sets others' passwords does so from anywhere.
  Reply reply =
      attempt.is_reset ? rules.user(request, attempt.account) : rules.log_in(request, attempt.account);
  if (reply.status == Status::Ok && attempt.account.profile.disables_password_change)
    reply = refusal(request, Status::Denied, "the mailbox may not change its password");
  return reply;
}

void Authenticator::change_password(const Shared& attempt) {
  if (const Reply reply = may_change_password(*attempt); reply.status != Status::Ok)
    return answer(attempt, reply);
  if (attempt->throttled) attempt->throttled->succeeded(clock_.now());
  PasswordChanger::Change change;
  change.username = attempt->account.mailbox.username;
  change.stored = attempt->account.secrets->password.clone();
  change.password = std::move(attempt->request.new_password);
  change.rules = *attempt->rules->changes;
  change.deadline = attempt->deadline;
  const bool accepted = changer_->submit(std::move(change), [this, attempt](const Answer<Changed>& changed) {
    conclude_change(attempt, changed);
  });
  if (!accepted) answer_overloaded(attempt);
}

void Authenticator::conclude_change(const Shared& attempt, const Answer<Changed>& changed) {
  const Request& request = attempt->request;
  const AccountRecord& account = attempt->account;
  // Before the answer, so that the next login is judged by the new row; after a failure too, which may have come behind the
  // change.
  store_.drop_mailbox(fold_case(account.mailbox.username));
  parts_.memory.forget(account.mailbox.username,
                       attempt->rules->passwords.own_password(request.password.view(), account));
  switch (changed.outcome()) {
    case Outcome::Found:
      return answer(attempt, refusal(request, Status::Ok, {}));  // no user data: nobody has logged in
    case Outcome::NotFound:
      return answer(attempt, refusal(request, Status::Temporary, "the mailbox was changed meanwhile"));
    case Outcome::PermanentFailure:
      return answer(attempt, refusal(request, Status::Permanent, changed.reason()));
    case Outcome::TemporaryFailure:
      break;
  }
  answer(attempt, refusal(request, Status::Temporary, changed.reason()));
}

void Authenticator::give_credentials(const Shared& attempt) {
  const auto reply =
      std::make_shared<Reply>(attempt->rules->accounts.log_in(attempt->request, attempt->account));
  if (reply->status != Status::Ok || attempt->request.scheme.empty()) return answer(attempt, *reply);
  const auto give = [this, attempt, reply](PasswordChecker::Credentials&& credentials) {
    if (!wants_to_verify(*attempt, credentials.clear)) reply->clear_password = std::move(credentials.clear);
    reply->stored_password = std::move(credentials.stored);
    answer(attempt, *reply);
  };
  const PasswordChecker& passwords = attempt->rules->passwords;
  if (auto credentials = passwords.credentials_at_once(attempt->account))
    return give(std::move(*credentials));
  hash(attempt, [attempt, give] { give(attempt->rules->passwords.credentials(attempt->account)); });
}

bool Authenticator::wants_to_verify(const Attempt& attempt, const std::optional<Secret>& clear) const {
  // What saslauthd's protocol can't carry would be a wrong password there.
  const bool can_verify =
      attempt.request.verifies_next && clear && clear->view().size() <= wire::kMaxSaslauthdFieldBytes;
  if (!can_verify) return false;
  // To verify costs a second question, of each login by SMTP: not where there is nothing to be learned from it.
  return attempt.throttled && attempt.throttled->would_teach(clock_.now());
}

void Authenticator::note_login(Attempt& attempt, const PasswordChecker::Verdict& verdict) {
  const Request& request = attempt.request;
  const AccountRecord& account = attempt.account;
  if (attempt.throttled) attempt.throttled->succeeded(clock_.now());
  if (parts_.last_logins != nullptr)
    parts_.last_logins->note(account.mailbox.username, request.service, request.remote,
                             std::chrono::system_clock::now());
  const bool is_own = verdict.app == nullptr && verdict.is_new;
  if (parts_.rehasher == nullptr || !is_own) return;
  const std::string_view typed = request.password.view();
  const std::string_view stored = account.secrets->password.view();
  const std::string_view default_scheme = attempt.rules->passwords.default_scheme();
  if (is_weak(stored, default_scheme) && !is_ambiguous(typed, stored, default_scheme))
    parts_.rehasher->offer(account.mailbox.username, stored, typed);
}

bool Authenticator::note_failure(Attempt& attempt) {
  return !attempt.throttled || attempt.throttled->failed(clock_.now());
}

void Authenticator::list(const Shared& attempt) {
  lists_.read_names(attempt->request, listing_rules(attempt->rules), attempt->deadline,
                    [this, attempt](const Reply& reply) { answer(attempt, reply); });
}

void Authenticator::read_mailboxes(const std::string& after, MailboxLists::PageDone done) {
  const Time began = clock_.now();
  lists_.read_page(after, listing_rules(rules_), began + kLookupTime,
                   [this, began, done = std::move(done)](const Answer<MailboxLists::Page>& page) {
                     const Status status = page.is_found() ? Status::Ok : failure(Request(), page).status;
                     parts_.metrics.count(Verb::List, {}, ending_of(status), clock_.now() - began);
                     done(page);
                   });
}

void Authenticator::check_hash(const Shared& attempt, const PasswordToCheck& password,
                               std::function<void(PasswordCheck)> done) {
  const bool accepted =
      hashes_.check(attempt->request.remote, password, attempt->deadline,
                    [this, attempt, done = std::move(done)](std::optional<PasswordCheck> found) {
                      found ? done(*found) : answer_overloaded(attempt);
                    });
  if (!accepted) answer_overloaded(attempt);
}

void Authenticator::hash(const Shared& attempt, std::function<void()> work) {
  const bool accepted = hashes_.run(attempt->request.remote, attempt->deadline,
                                    [this, attempt, work = std::move(work)](bool is_in_time) {
                                      is_in_time ? work() : answer_overloaded(attempt);
                                    });
  if (!accepted) answer_overloaded(attempt);
}

void Authenticator::answer_overloaded(const Shared& attempt) {
  answer(attempt, refusal(attempt->request, Status::Temporary, kOverloaded));
}

void Authenticator::answer(const Shared& attempt, const Reply& reply) {
  const Request& request = attempt->request;
  if (request.verb == Verb::Verify) log_login(log_, request, reply, attempt->app_password);
  if (request.verb == Verb::Credentials) log_credentials(log_, request, reply);
  if (request.verb == Verb::ChangePassword) log_password_change(log_, request, reply, attempt->is_reset);
  if (request.verb == Verb::User && reply.status == Status::Permanent)
    log_unusable(log_, request, reply.reason);
  answer(attempt, reply, ending_of(reply.status));
}

void Authenticator::answer(const Shared& attempt, const Reply& reply, Ending ending) {
  const Request& request = attempt->request;
  parts_.metrics.count(request.verb, request.service, ending, clock_.now() - attempt->began);
  const bool tells_of_account = reply.status == Status::Ok && attempt->account.secrets != nullptr;
  attempt->done(reply, tells_of_account ? &attempt->account : nullptr);
}

}  // namespace extmail::authd
