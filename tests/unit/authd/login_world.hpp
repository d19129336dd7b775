// SPDX-License-Identifier: MIT
#pragma once

#include "authd/authenticator.hpp"
#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/recording_log.hpp"

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// An authenticator with rows in memory, and what its tests ask it.
namespace extmail::tests {

using namespace std::chrono_literals;
using authd::Authenticator;
using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;
using wire::auth::Verb;

/// `extmail`, as in the original guide.
inline constexpr const char* kGuideHash = "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0";

/// Real time, which threads wait by, on a fixed day.
class TodayClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return Time::clock::now(); }
  [[nodiscard]] std::string today() const override { return "2026-06-15"; }
};

inline AccountRecord account(const std::string& username, const std::string& password,
                             const std::string& clear = "") {
  LoginSecrets secrets;
  secrets.password = Secret(password);
  secrets.clear = Secret(clear);
  AccountRecord account;
  account.mailbox.username = username;
  account.mailbox.active = true;
  account.mailbox.uidnumber = 2525;
  account.mailbox.gidnumber = 2525;
  account.secrets = std::make_shared<LoginSecrets>(std::move(secrets));
  return account;
}

/// Pages of mailboxes that can't be read.
class FailingPages final : public MailboxPages {
 public:
  [[nodiscard]] Answer<std::vector<MailboxRecord>> read_after(std::string_view, Deadline) const override {
    return Answer<std::vector<MailboxRecord>>::temporary_failure("the database is away");
  }
};

struct World {
  explicit World(std::shared_ptr<const MailboxPages> pages = std::make_shared<FailingPages>(),
                 PasswordWriter* writer = nullptr, std::optional<authd::NewPasswordRules> changes = {}) {
    database->put(DomainRecord{"test.com", true, "", {}, ""});
    database->put(account("Alice@test.com", kGuideHash));
    database->put(account("plain@test.com", "{PLAIN}extmail"));
    database->put(account("damaged@test.com", "$1$phz1mRrj"));
    database->put(account("nohash@test.com", ""));
    auto off = account("off@test.com", "{PLAIN}extmail");
    off.mailbox.active = false;
    database->put(off);
    auto root = account("root@test.com", "{PLAIN}extmail");
    root.mailbox.uidnumber = 0;
    database->put(root);
    AccountRecord apps = account("apps@test.com", kGuideHash);
    LoginSecrets secrets;
    secrets.password = Secret(kGuideHash);
    secrets.app_passwords.push_back({"broken", Secret("no hash"), "", "", ""});
    secrets.app_passwords.push_back({"phone", Secret("{PLAIN}phone-secret"), "imap", "", ""});
    apps.secrets = std::make_shared<LoginSecrets>(std::move(secrets));
    database->put(apps);

    const auto rules = std::make_shared<const Authenticator::Rules>(Authenticator::Rules{
        authd::AccountRules({}, clock), authd::PasswordChecker(memory, "CRYPT"), changes});
    authenticator.emplace(
        Authenticator::Parts{.throttle = throttle, .memory = memory, .metrics = metrics, .writer = writer},
        rules, cache::Store::Settings{}, Authenticator::Database{{database, database}, std::move(pages)}, 1,
        clock, log);
  }

  using Submit = void (Authenticator::*)(Request, Authenticator::Done);

  Reply ask(Request request, Submit submit = &Authenticator::submit) {
    request.tag = 9;
    if (request.remote.empty()) request.remote = "192.0.2.1";
    auto promise = std::make_shared<std::promise<Reply>>();
    auto future = promise->get_future();
    ((*authenticator).*submit)(std::move(request), [promise](const Reply& reply, const AccountRecord*) {
      Reply copy;
      copy.status = reply.status;
      copy.tag = reply.tag;
      copy.reason = reply.reason;
      copy.user = reply.user;
      copy.names = reply.names;
      copy.has_more = reply.has_more;
      if (reply.clear_password) copy.clear_password = reply.clear_password->clone();
      if (reply.stored_password) copy.stored_password = reply.stored_password->clone();
      promise->set_value(std::move(copy));
    });
    REQUIRE(future.wait_for(10s) == std::future_status::ready);
    return future.get();
  }

  Answer<authd::MailboxLists::Page> mailboxes(const std::string& after) {
    auto promise = std::make_shared<std::promise<Answer<authd::MailboxLists::Page>>>();
    auto future = promise->get_future();
    authenticator->read_mailboxes(after, [promise](const auto& page) { promise->set_value(page); });
    REQUIRE(future.wait_for(10s) == std::future_status::ready);
    return future.get();
  }

  Reply verify(const std::string& user, const std::string& password, const std::string& service = "imap") {
    Request request;
    request.verb = Verb::Verify;
    request.user = user;
    request.password = Secret(password);
    request.service = service;
    return ask(std::move(request));
  }

  Reply change(const std::string& user, const std::string& old, const std::string& fresh,
               const std::string& service = "extmail") {
    return ask(change_request(user, old, fresh, service));
  }

  Reply reset(const std::string& user, const std::string& fresh) {
    return ask(change_request(user, "", fresh, "smtp"), &Authenticator::set_password);
  }

  static Request change_request(const std::string& user, const std::string& old, const std::string& fresh,
                                const std::string& service) {
    Request request;
    request.verb = Verb::ChangePassword;
    request.user = user;
    request.password = Secret(old);
    request.new_password = Secret(fresh);
    request.service = service;
    return request;
  }

  Reply user(const std::string& user, const std::string& service) {
    Request request;
    request.verb = Verb::User;
    request.user = user;
    request.service = service;
    return ask(std::move(request));
  }

  Reply credentials(const std::string& user, const std::string& scheme, bool verifies_next = false) {
    Request request;
    request.verifies_next = verifies_next;
    request.verb = Verb::Credentials;
    request.user = user;
    request.service = "smtp";
    request.scheme = scheme;
    return ask(std::move(request));
  }

  Reply list(const std::string& after) {
    Request request;
    request.verb = Verb::List;
    request.after = after;
    return ask(std::move(request));
  }

  [[nodiscard]] std::string metrics_page() const {
    metrics::Families families;
    metrics.collect(families);
    return families.page();
  }

  /// Of a series without labels.
  [[nodiscard]] std::size_t metric(const std::string& name) const {
    const std::string page = metrics_page();
    const std::string line = '\n' + name + ' ';
    const std::size_t place = page.find(line);
    REQUIRE(place != std::string::npos);
    return std::stoul(page.substr(place + line.size()));
  }

  std::shared_ptr<tests::FakeDatabase> database = std::make_shared<tests::FakeDatabase>();
  TodayClock clock;
  tests::RecordingLog log;
  authd::LoginThrottle throttle{authd::LoginThrottle::Settings{}};
  authd::VerifiedPasswords memory;
  authd::LoginMetrics metrics;
  std::optional<Authenticator> authenticator;
};

}  // namespace extmail::tests
