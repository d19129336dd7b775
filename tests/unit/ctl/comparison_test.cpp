// SPDX-License-Identifier: MIT
#include "ctl/verify/comparison.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

using namespace extmail;
using namespace extmail::ctl;
using extmail::tests::FakeDirectory;

namespace {

class StandingClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return {}; }
  [[nodiscard]] std::string today() const override { return "2026-01-31"; }
};

/// What the test says that the old tables answer.
class FakeClassic final : public ClassicAnswers {
 public:
  std::map<std::string, std::map<std::string, std::string>> answers{
      {"virtual_mailbox_domains", {}}, {"virtual_mailbox_maps", {}}, {"virtual_alias_maps", {}}};
  std::map<std::string, Account> accounts;

  [[nodiscard]] std::vector<std::string> maps() const override {
    std::vector<std::string> names;
    for (const auto& map : answers)
      names.push_back(map.first);
    return names;
  }
  [[nodiscard]] std::optional<std::string> find(const std::string& map, const std::string& key) override {
    const auto found = answers.at(map).find(key);
    return found == answers.at(map).end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] std::optional<Account> find_account(const std::string& username) override {
    const auto found = accounts.find(username);
    return found == accounts.end() ? std::nullopt : std::optional(found->second);
  }
};

/// A domain and a mailbox that both sides see alike, for a test to spoil.
struct Both {
  FakeDirectory directory;
  FakeClassic classic;
  StandingClock clock;
  MailRules rules;
  std::vector<Difference> found;
  Comparison comparison{classic, directory, clock, rules,
                        [this](const Difference& difference) { found.push_back(difference); }};
  DomainRecord& domain = directory.add_domain("d.test");
  MailboxRecord& mailbox = directory.add_mailbox("u@d.test");

  Both() {
    mailbox.maildir = "d.test/u/Maildir/";
    mailbox.homedir = "d.test/u";
    mailbox.uidnumber = 1000;
    mailbox.gidnumber = 1000;
    classic.answers["virtual_mailbox_domains"]["d.test"] = "d.test";
    classic.answers["virtual_mailbox_maps"]["u@d.test"] = "d.test/u/Maildir/";
    classic.accounts["u@d.test"] = {true, "/var/mailbox/d.test/u", "/var/mailbox/d.test/u/Maildir", "1000",
                                    "1000"};
  }

  /// `question reason` of each difference.
  [[nodiscard]] std::vector<std::string> compare() {
    found.clear();
    comparison.compare_domain("d.test");
    comparison.compare_mailbox("u@d.test");
    std::vector<std::string> reasons;
    for (const auto& each : found)
      reasons.push_back(each.question + ' ' + each.reason);
    return reasons;
  }
};

using Reasons = std::vector<std::string>;

Reasons of_mailbox(const std::string& reason) {
  return {"virtual_mailbox_maps " + reason, "login imap " + reason, "login pop3 " + reason,
          "login smtp " + reason};
}

}  // namespace

TEST_CASE("what is the same on both sides is no difference") {
  Both both;
  CHECK(both.compare().empty());
  both.mailbox.active = false;
  both.classic.answers["virtual_mailbox_maps"].clear();
  both.classic.accounts["u@d.test"].is_active = false;
  CHECK(both.compare().empty());
}

TEST_CASE("each difference has its reason") {
  Both both;
  SECTION("a mailbox that has expired") {
    both.mailbox.expires = "2010-02-03";
    CHECK(both.compare() == of_mailbox("expired"));
    both.rules.access.enforce_expiry = false;
    CHECK(both.compare().empty());
  }
  SECTION("a mailbox that is inactive here and not there") {
    both.mailbox.active = false;
    CHECK(both.compare() == of_mailbox("inactive"));
  }
  SECTION("services that nothing enforced") {
    both.mailbox.disabled.imap = true;
    CHECK(both.compare() == Reasons{"login imap service-disabled"});
    both.mailbox.disabled.imap = false;
    both.mailbox.disabled.smtp = true;
    CHECK(both.compare() == Reasons{"virtual_mailbox_maps service-disabled"});
  }
  SECTION("an empty maildir") {
    both.mailbox.maildir = "";
    both.classic.answers["virtual_mailbox_maps"].clear();
    both.classic.accounts["u@d.test"].maildir = "/var/mailbox";
    CHECK(both.compare() == Reasons{"virtual_mailbox_maps no-maildir", "location no-maildir"});
  }
  SECTION("a path that leaves the mail base") {
    both.mailbox.homedir = "../../root";
    CHECK(both.compare() == Reasons{"location row"});
    CHECK(both.found.front().detail.find("u@d.test") != std::string::npos);
  }
  SECTION("a uid from the configuration is meant") {
    both.rules.location.uid = 2525;
    CHECK(both.compare().empty());
  }
}

TEST_CASE("a domain's state is the reason of all in it") {
  struct Case {
    const char* reason;
    bool active;
    const char* expires;
  };
  for (const auto& [reason, active, expires] :
       {Case{"domain-inactive", false, ""}, {"domain-expired", true, "2020-01-01"}}) {
    FakeDirectory directory;
    auto& domain = directory.add_domain("d.test");
    domain.active = active;
    domain.expires = expires;
    directory.add_mailbox("u@d.test").maildir = "d.test/u/Maildir/";
    FakeClassic classic;
    classic.answers["virtual_mailbox_domains"]["d.test"] = "d.test";
    classic.answers["virtual_mailbox_maps"]["u@d.test"] = "d.test/u/Maildir/";
    const StandingClock clock;
    const MailRules rules;
    Reasons reasons;
    Comparison comparison(classic, directory, clock, rules, [&](const Difference& each) {
      reasons.push_back(each.question + ' ' + each.reason);
    });
    comparison.compare_domain("d.test");
    comparison.compare_mailbox("u@d.test");
    CHECK(reasons == Reasons{std::string("virtual_mailbox_domains ") + reason,
                             std::string("virtual_mailbox_maps ") + reason});
  }
}

TEST_CASE("aliases are compared as Postfix expands them") {
  Both both;
  both.directory.add_alias("all@d.test", "a@x.test,b@y.test");
  both.classic.answers["virtual_alias_maps"]["all@d.test"] = "B@y.test, a@x.test";
  both.comparison.compare_alias("all@d.test");
  CHECK(both.found.empty());

  both.directory.add_domain("e.test");
  both.directory.add_alias("@e.test", "@d.test");
  both.classic.answers["virtual_alias_maps"]["@e.test"] = "@d.test";
  both.comparison.compare_alias("@e.test");
  CHECK(both.found.empty());

  both.directory.add_alias("@d.test", "a@x.test");
  both.classic.answers["virtual_alias_maps"]["@d.test"] = "a@x.test";
  CHECK(both.compare() == Reasons{"virtual_alias_maps catch-all"});
}

TEST_CASE("a directory that fails is no difference") {
  Both both;
  both.directory.fail_with(Outcome::TemporaryFailure);
  CHECK_THROWS_AS(both.compare(), std::runtime_error);
  CHECK(both.found.empty());
}
