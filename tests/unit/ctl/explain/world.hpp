// SPDX-License-Identifier: MIT
#pragma once

#include "core/address.hpp"
#include "core/mail_rules.hpp"
#include "core/records.hpp"
#include "ctl/explain/maps.hpp"
#include "support/fake_database.hpp"
#include "support/fake_directory.hpp"

#include <memory>
#include <string>
#include <vector>

namespace extmail::tests {

/// test.com and what else the explanations of mail and logins are about; today is 2026-06-15.
struct ExplainedWorld {
  ExplainedWorld() {
    rules.relay_transports = {"smtp"};
    domain("test.com");
    domain("old.com").active = false;
    database.put(last_domain);
    domain("late.com").expires = "2026-01-31";
    database.put(last_domain);
    domain("relayed.com").transport = "smtp:[10.0.0.9]";
    database.put(last_domain);
    domain("closed.com").transport = "error:5.1.1 closed";
    database.put(last_domain);
    domain("bücher.example");
    mailbox("alice@test.com");
    mailbox("bob@test.com");
    mailbox("info@bücher.example");
    mailbox("root@test.com").uidnumber = 0;
    database.put(last_mailbox);
    mailbox("off@test.com").active = false;
    database.put(last_mailbox);
    mailbox("late@test.com").expires = "2026-01-31";
    database.put(last_mailbox);
    mailbox("mute@test.com").disabled.smtp = true;
    database.put(last_mailbox);
    alias("team@test.com", "alice@test.com,bob@test.com");
    alias("self@test.com", "self@test.com,alice@test.com");
    mailbox("self@test.com");
    alias("ring@test.com", "round@test.com");
    alias("round@test.com", "ring@test.com");
    alias("dangling@test.com", "nobody@test.com");
    alias("half@test.com", "alice@test.com,nobody@test.com");
    alias("away@test.com", "friend@elsewhere.org");
    alias("@catch.com", "alice@test.com");
    domain("catch.com");
    alias("@mirror.com", "@test.com");
    domain("mirror.com");
    database.put(AliasRecord{"switched@test.com", {"alice@test.com"}, false});
  }

  DomainRecord& domain(const std::string& name) {
    last_domain = {name, true, "", {}, ""};
    database.put(last_domain);
    return last_domain;
  }
  MailboxRecord& mailbox(const std::string& username) {
    last_mailbox = {};
    last_mailbox.username = username;
    last_mailbox.active = true;
    last_mailbox.uidnumber = last_mailbox.gidnumber = 2525;
    database.put(last_mailbox);
    return last_mailbox;
  }
  void alias(const std::string& address, const std::string& targets) {
    database.put(AliasRecord{address, split_goto(targets), true});
  }

  DomainRecord last_domain;
  MailboxRecord last_mailbox;
  FakeDatabase database;
  FakeClock clock;
  MailRules rules;
  ctl::DatabaseMaps maps{database, clock, rules};
};

}  // namespace extmail::tests
