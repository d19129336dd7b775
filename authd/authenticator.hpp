// SPDX-License-Identifier: MIT
#pragma once

#include "authd/account_rules.hpp"
#include "authd/delay_queue.hpp"
#include "authd/hash_queue.hpp"
#include "authd/last_logins.hpp"
#include "authd/login_metrics.hpp"
#include "authd/login_throttle.hpp"
#include "authd/mailbox_lists.hpp"
#include "authd/new_password.hpp"
#include "authd/password_changer.hpp"
#include "authd/password_checker.hpp"
#include "authd/password_memory.hpp"
#include "authd/rehasher.hpp"
#include "cache/store.hpp"
#include "core/challenge.hpp"
#include "core/log.hpp"
#include "core/mailbox_pages.hpp"
#include "core/outcome.hpp"
#include "core/password_writer.hpp"
#include "wire/auth_protocol.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace extmail::authd {

/// Decides who may log in, where their mail is, and who may change a password: the one place for IMAP, POP3, SMTP AUTH and
/// webmail.
///
/// A login goes through the throttle, the account's row, the password, the account's rules, in this order: only who knows
/// the password learns that the account is disabled. Rows come from memory where they can; a password that was verified
/// before costs no hash. What has to wait does so elsewhere: for a throttled client, for the database, for a hash.
/// Every login ends in one log line (authd/audit.hpp) and is counted. A change of password is a login with the old one that
/// ends in a write; an app password won't do.
///
/// Outcomes: wire::auth::Status. A database fault is Temporary, never Unknown or Mismatch; a row with an unusable hash, id
/// or path is Permanent, logged with the row.
/// Threads: submit() and the replace members on the network thread; done is called once, on any thread. Requests that are
/// still owed when it ends are destroyed unanswered.
class Authenticator {
 public:
  /// account is the row that an Ok reply tells of, valid during the call; else null.
  using Done = std::function<void(const wire::auth::Reply&, const AccountRecord* account)>;

  /// How accounts are judged; a reload makes a new one, and requests under way keep theirs.
  struct Rules {
    AccountRules accounts;
    PasswordChecker passwords;
    std::optional<NewPasswordRules> changes = {};  ///< empty: passwords are not changed here
  };

  /// What it works with; all must outlive it. Those that are null are switched off.
  struct Parts {
    LoginThrottle& throttle;
    VerifiedPasswords& memory;
    LoginMetrics& metrics;
    LastLogins* last_logins = nullptr;
    Rehasher* rehasher = nullptr;
    PasswordWriter* writer = nullptr;  ///< for changes of passwords
    Handover* handover = nullptr;
  };

  struct Database {
    cache::Store::Database rows;
    std::shared_ptr<const MailboxPages> pages;
  };

  /// clock and log must outlive the authenticator.
  Authenticator(const Parts& parts, std::shared_ptr<const Rules> rules, const cache::Store::Settings& cache,
                Database database, std::size_t hash_threads, const Clock& clock, Log& log);
  ~Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  /// Answers verify, user, credentials, list and change password; Temporary when too many requests are waiting.
  void submit(wire::auth::Request request, Done done);

  /// A change password of somebody who need not know the old one; request has none. The account's rules hold all the same.
  void set_password(wire::auth::Request request, Done done);

  /// The mailboxes that the verb list tells the names of. Counts as one; done as with submit().
  void read_mailboxes(const std::string& after, MailboxLists::PageDone done);

  /// A login by the answer to a challenge in place of the password; request is a verify without one. App passwords don't
  /// count, and where no clear password is stored nor a verifier for the mechanism, it is a Mismatch that the log explains.
  void submit(wire::auth::Request request, ChallengeResponse response, Done done);

  /// Takes effect for the next request.
  void replace_rules(std::shared_ptr<const Rules> rules) { rules_ = std::move(rules); }
  void replace_database(Database database);

  /// Whether passwords are changed here at all.
  [[nodiscard]] bool changes_passwords() const { return changer_ && rules_->changes; }

  [[nodiscard]] cache::Store& store() { return store_; }
  /// Password checks that wait or run.
  [[nodiscard]] std::size_t hashing() const { return hashes_.size(); }

 private:
  struct Attempt;
  using Shared = std::shared_ptr<Attempt>;

  [[nodiscard]] Shared begin(wire::auth::Request request, Done done) const;
  /// Whether the new password is such as may be; else answered.
  [[nodiscard]] bool accepts_change(const Shared& attempt);
  void admit(const Shared& attempt);
  void look_up(const Shared& attempt);
  void judge(const Shared& attempt, Answer<AccountRecord>&& account);
  void verify(const Shared& attempt);
  void verify_response(const Shared& attempt);
  void give_credentials(const Shared& attempt);
  /// Whether a host that has the password had better ask here about it than be given the right one.
  [[nodiscard]] bool wants_to_verify(const Attempt& attempt, const std::optional<Secret>& clear) const;
  /// What an unknown user's password is checked against from now on.
  void show_decoy(const Attempt& attempt);
  void refuse_unknown(const Shared& attempt);
  void conclude(const Shared& attempt, const PasswordChecker::Verdict& verdict);
  /// Of somebody who has proven to be the owner, or need not.
  void change_password(const Shared& attempt);
  /// Why it may not be changed; Ok where it may.
  [[nodiscard]] static wire::auth::Reply may_change_password(const Attempt& attempt);
  void conclude_change(const Shared& attempt, const Answer<Changed>& changed);
  void note_login(Attempt& attempt, const PasswordChecker::Verdict& verdict);
  /// Whether it was a new guess.
  [[nodiscard]] bool note_failure(Attempt& attempt);
  void list(const Shared& attempt);
  /// Checks the password on a thread for hashes; answers Temporary where too many wait, or this one has waited too long.
  void check_hash(const Shared& attempt, const PasswordToCheck& password,
                  std::function<void(PasswordCheck)> done);
  /// Runs what computes hashes of its own likewise.
  void hash(const Shared& attempt, std::function<void()> work);
  void answer_overloaded(const Shared& attempt);
  void answer(const Shared& attempt, const wire::auth::Reply& reply);
  void answer(const Shared& attempt, const wire::auth::Reply& reply, Ending ending);

  const Parts parts_;
  const Clock& clock_;
  Log& log_;
  std::shared_ptr<const Rules> rules_;
  DecoyHash decoy_;
  std::optional<PasswordChanger> changer_;  // uses the store, so that it has to end before
  // Who gives work to another comes after it, and ends before it.
  HashQueue hashes_;
  MailboxLists lists_;
  cache::Store store_;
  DelayQueue delays_;
};

}  // namespace extmail::authd
