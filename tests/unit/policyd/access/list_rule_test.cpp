// SPDX-License-Identifier: MIT
#include "policyd/access/list_rule.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/policy_request.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace extmail;
using policyd::ListRule;

namespace {

constexpr const char* kSender = "REJECT 5.7.1 this recipient takes no mail from this sender";
constexpr const char* kClient = "REJECT 5.7.1 this recipient takes no mail from your network";

struct Row {
  const char* subject;
  const char* kind;
  const char* value;
};

/// Mail of bob+news@mail.example.org from 192.0.2.1 to alice+x@test.com, unless it says otherwise.
struct Scenario {
  const char* story;
  std::vector<Row> rows;
  const char* said;
  std::string sender = "bob+news@mail.example.org";
  std::string recipient = "Alice+x@test.com";
  std::string client = "192.0.2.1";
  std::string login = {};
  std::string state = "RCPT";
};

const std::vector<Scenario> kScenarios{
    {"no rows", {}, "-"},
    {"rows of other rules", {{"*", "greylist", "on"}, {"*", "limit", "no network"}}, "-"},
    {"a sender", {{"*", "deny-sender", "bob+news@mail.example.org"}}, kSender},
    {"one in capitals", {{"*", "deny-sender", "Bob+News@Mail.Example.Org"}}, kSender},
    {"without the extension", {{"*", "deny-sender", "bob@mail.example.org"}}, kSender},
    {"with another", {{"*", "deny-sender", "bob+x@mail.example.org"}}, "-"},
    {"another sender", {{"*", "deny-sender", "eve@mail.example.org"}}, "-"},
    {"a domain", {{"*", "deny-sender", "mail.example.org"}}, kSender},
    {"one above", {{"*", "deny-sender", "Example.org"}}, kSender},
    {"but whole labels", {{"*", "deny-sender", "ample.org"}}, "-"},
    {"exactly a domain", {{"*", "deny-sender", "@mail.example.org"}}, kSender},
    {"which the one above is not", {{"*", "deny-sender", "@example.org"}}, "-"},
    {"a domain in its other form",
     {{"*", "deny-sender", "bücher.example"}},
     kSender,
     "a@xn--bcher-kva.example"},
    {"and the reverse", {{"*", "deny-sender", "@xn--bcher-kva.example"}}, kSender, "a@bücher.example"},
    {"the null sender", {{"*", "deny-sender", "<>"}}, kSender, ""},
    {"is no other", {{"*", "deny-sender", "<>"}}, "-"},
    {"nor is it in a domain", {{"*", "deny-sender", "example.org"}}, "-", ""},
    {"a sender that is no address", {{"*", "deny-sender", "example.org"}}, "-", "bob"},
    {"a client", {{"*", "deny-client", "192.0.2.1"}}, kClient},
    {"a network", {{"*", "deny-client", "192.0.2.0/24"}}, kClient},
    {"another network", {{"*", "deny-client", "198.51.100.0/24"}}, "-"},
    {"a client that an IPv6 socket tells",
     {{"*", "deny-client", "192.0.2.0/24"}},
     kClient,
     "a@b.org",
     "alice@test.com",
     "::ffff:192.0.2.9"},
    {"a user may be in any network",
     {{"*", "deny-client", "192.0.2.0/24"}},
     "-",
     "alice@test.com",
     "bob@test.com",
     "192.0.2.1",
     "alice@test.com"},
    {"but need not be wanted",
     {{"bob@test.com", "deny-sender", "alice@test.com"}},
     kSender,
     "alice@test.com",
     "bob@test.com",
     "192.0.2.1",
     "alice@test.com"},

    {"rows of the address", {{"alice+x@test.com", "deny-sender", "example.org"}}, kSender},
    {"of that without its extension", {{"alice@test.com", "deny-sender", "example.org"}}, kSender},
    {"of the domain", {{"@test.com", "deny-sender", "example.org"}}, kSender},
    {"of another address", {{"carol@test.com", "deny-sender", "example.org"}}, "-"},
    {"of another domain", {{"@test.org", "deny-sender", "example.org"}}, "-"},
    {"allowed", {{"*", "allow-sender", "example.org"}}, "exempt"},
    {"a client that is allowed", {{"*", "allow-client", "192.0.2.0/24"}}, "exempt"},
    {"in one subject what allows wins",
     {{"*", "deny-sender", "example.org"}, {"*", "allow-client", "192.0.2.1"}},
     "exempt"},
    {"in either order", {{"*", "allow-sender", "example.org"}, {"*", "deny-client", "192.0.2.1"}}, "exempt"},
    {"the mailbox over its domain",
     {{"@test.com", "allow-sender", "example.org"}, {"alice@test.com", "deny-sender", "example.org"}},
     kSender},
    {"the domain over everybody",
     {{"*", "deny-sender", "example.org"}, {"@test.com", "allow-sender", "bob@mail.example.org"}},
     "exempt"},
    {"everybody where the others say nothing",
     {{"*", "deny-sender", "example.org"}, {"@test.com", "allow-sender", "example.com"}},
     kSender},

    {"a domain alias is no way around",
     {{"alice@test.com", "deny-sender", "example.org"}},
     kSender,
     "bob@example.org",
     "alice@alias.com"},
    {"nor is another name",
     {{"alice@test.com", "deny-sender", "example.org"}},
     kSender,
     "bob@example.org",
     "me@test.com"},
    {"whose own rows are closer",
     {{"alice@test.com", "deny-sender", "example.org"}, {"me@test.com", "allow-sender", "example.org"}},
     "exempt",
     "bob@example.org",
     "me@test.com"},
    {"a list is not its members",
     {{"alice@test.com", "deny-sender", "example.org"}},
     "-",
     "bob@example.org",
     "team@test.com"},

    {"a row that names no sender", {{"@test.com", "deny-sender", "*@example.org"}}, "permanent failure"},
    {"nor a network", {{"@test.com", "allow-client", "mail.example.org"}}, "permanent failure"},
    {"nor anything", {{"@test.com", "allow-client", ""}}, "permanent failure"},
    {"matters only where nothing closer decides",
     {{"@test.com", "allow-client", "x"}, {"alice@test.com", "allow-sender", "example.org"}},
     "exempt"},

    {"only at RCPT",
     {{"*", "deny-sender", "example.org"}},
     "-",
     "bob@example.org",
     "alice@test.com",
     "192.0.2.1",
     "",
     "DATA"},
    {"no recipient", {{"*", "deny-sender", "example.org"}}, "-", "bob@example.org", ""},
    {"a recipient that is no address",
     {{"*", "deny-sender", "example.org"}},
     "-",
     "bob@example.org",
     "postmaster"},
};

std::string ask(const Scenario& s, const Directory& directory, tests::FakePolicies& policies) {
  const tests::FakeClock clock;
  const ListRule rule(std::make_shared<const MailRules>(), clock);
  for (const auto& row : s.rows)
    policies.add(row.subject, row.kind, row.value);
  const auto facts = tests::policy_request({{"protocol_state", s.state},
                                            {"sender", s.sender},
                                            {"recipient", s.recipient},
                                            {"client_address", s.client},
                                            {"sasl_username", s.login}});
  return tests::said(rule.judge(facts, {directory, policies}));
}

tests::FakeDirectory directory_of_test() {
  tests::FakeDirectory directory;
  directory.add_domain("test.com");
  directory.add_domain("alias.com");
  for (const char* name : {"alice@test.com", "bob@test.com", "carol@test.com"})
    directory.add_mailbox(name);
  directory.add_alias("@alias.com", "@test.com");
  directory.add_alias("me@test.com", "alice@test.com");
  directory.add_alias("team@test.com", "alice@test.com,bob@test.com");
  return directory;
}

}  // namespace

TEST_CASE("Rows say whose mail is wanted, the closest first") {
  const auto directory = directory_of_test();
  for (const auto& s : kScenarios) {
    INFO(s.story);
    tests::FakePolicies policies;
    CHECK(ask(s, directory, policies) == s.said);
  }
}

TEST_CASE("The log says which row decided") {
  const auto directory = directory_of_test();
  tests::FakePolicies policies;
  policies.add("@test.com", "deny-sender", "example.org");
  const tests::FakeClock clock;
  const ListRule rule(std::make_shared<const MailRules>(), clock);
  const auto mail = tests::policy_request(
      {{"protocol_state", "RCPT"}, {"sender", "bob@example.org"}, {"recipient", "alice@test.com"}});
  const auto denied = rule.judge(mail, {directory, policies});
  CHECK(std::get<policyd::Action>(denied.value()).reason == "deny-sender example.org of @test.com");
  policies.add("alice@test.com", "allow-sender", "<>");
  policies.add("alice@test.com", "allow-sender", "bob@example.org");
  const auto allowed = rule.judge(mail, {directory, policies});
  CHECK(std::get<policyd::Exempt>(allowed.value()).reason ==
        "allow-sender bob@example.org of alice@test.com");
  policies.add("alice@test.com", "deny-client", "here\n");
  CHECK(rule.judge(mail, {directory, policies}).reason() ==
        "extmail_policy: deny-client of alice@test.com is \"here\\x0a\", not a network such as "
        "\"192.0.2.0/24\"; correct the row");
}

TEST_CASE("Rows that can't be had are told as such, unless a closer one decides") {
  const Scenario mail{"", {}, ""};
  auto directory = directory_of_test();
  tests::FakePolicies spoilt;
  spoilt.spoil("@test.com", "@test.com has more than 1000 rows");
  CHECK(ask(mail, directory, spoilt) == "temporary failure");
  spoilt.add("alice@test.com", "deny-client", "192.0.2.1");
  CHECK(ask(mail, directory, spoilt) == kClient);
  for (const auto outcome : {Outcome::TemporaryFailure, Outcome::PermanentFailure}) {
    const std::string failure =
        outcome == Outcome::TemporaryFailure ? "temporary failure" : "permanent failure";
    tests::FakePolicies policies;
    policies.fail_with(outcome);
    CHECK(ask(mail, directory_of_test(), policies) == failure);
    directory.fail_with(outcome);
    tests::FakePolicies empty;
    CHECK(ask(mail, directory, empty) == failure);
  }
}
