// SPDX-License-Identifier: MIT
#include "core/access.hpp"

#include "core/service_column.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace extmail;

namespace {

constexpr std::string_view kToday = "2026-06-15";

MailboxRecord mailbox() {
  MailboxRecord row;
  row.username = "alice@test.com";
  row.active = true;
  row.domain = DomainRecord{"test.com", true, "", {}, ""};
  return row;
}

}  // namespace

TEST_CASE("Each service has its column") {
  struct Case {
    const char* service;
    bool DisabledServices::*column;
  };
  const std::vector<Case> cases{
      {"imap", &DisabledServices::imap},       {"pop3", &DisabledServices::pop3},
      {"smtp", &DisabledServices::smtpd},      {"submission", &DisabledServices::smtpd},
      {"webmail", &DisabledServices::webmail}, {"extmail", &DisabledServices::webmail},
      {"lmtp", &DisabledServices::smtp},       {"doveadm", &DisabledServices::smtp},
      {"lda", &DisabledServices::smtp},
  };
  for (const auto& c : cases) {
    INFO(c.service);
    MailboxRecord row = mailbox();
    CHECK(may_log_in(row, c.service, {}, kToday) == Access::Allowed);
    row.disabled = {true, true, true, true, true};
    row.disabled.*c.column = false;
    CHECK(may_log_in(row, c.service, {}, kToday) == Access::Allowed);
    row.disabled = {};
    row.disabled.*c.column = true;
    CHECK(may_log_in(row, c.service, {}, kToday) == Access::ServiceDisabled);
  }
  MailboxRecord row = mailbox();
  row.disabled = {true, true, true, true, true};
  for (const auto service : services_with_column()) {
    INFO(service);
    CHECK(may_log_in(row, service, {}, kToday) == Access::ServiceDisabled);
  }
  CHECK(services_with_column().size() == cases.size());
  CHECK(may_log_in(row, "sieve", {}, kToday) == Access::Allowed);
}

TEST_CASE("What stands against a mailbox is said, the weightiest first") {
  MailboxRecord row = mailbox();
  CHECK(may_receive(row, {}, kToday) == Access::Allowed);
  row.disabled.smtp = true;
  CHECK(may_receive(row, {}, kToday) == Access::ServiceDisabled);
  row.expires = "2026-06-15";
  CHECK(may_receive(row, {}, kToday) == Access::Expired);
  row.active = false;
  CHECK(may_receive(row, {}, kToday) == Access::Inactive);
  row.domain->active = false;
  CHECK(may_receive(row, {}, kToday) == Access::DomainNotOurs);
  row.domain.reset();
  CHECK(may_receive(row, {}, kToday) == Access::DomainNotOurs);
}

TEST_CASE("A row expires on its date") {
  MailboxRecord row = mailbox();
  row.expires = "2026-06-15";
  CHECK(may_receive(row, {}, "2026-06-14") == Access::Allowed);
  CHECK(may_receive(row, {}, "2026-06-15") == Access::Expired);
  CHECK(may_receive(row, {.enforce_expiry = false}, "2030-01-01") == Access::Allowed);
}

TEST_CASE("A domain's services are a template, unless they are enforced") {
  MailboxRecord row = mailbox();
  row.domain->disabled.imap = true;
  CHECK(may_log_in(row, "imap", {}, kToday) == Access::Allowed);
  CHECK(may_log_in(row, "imap", {.enforce_domain_services = true}, kToday) == Access::ServiceDisabled);
}
