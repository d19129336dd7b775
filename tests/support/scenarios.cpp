// SPDX-License-Identifier: MIT
#include "support/scenarios.hpp"

namespace extmail::tests {
namespace {

const std::vector<Scenario> kScenarios{
    {"a domain of ours", "virtual_mailbox_domains", "test.com", "test.com"},
    {"in any case", "virtual_mailbox_domains", "TEST.com", "test.com"},
    {"an inactive one", "virtual_mailbox_domains", "old.com", nullptr},
    {"one that expires today", "virtual_mailbox_domains", "gone.com", nullptr},
    {"one we don't know", "virtual_mailbox_domains", "example.org", nullptr},
    {"an address is no domain", "virtual_mailbox_domains", "alice@test.com", nullptr},

    {"a mailbox", "virtual_mailbox_maps", "postmaster@test.com", "test.com/postmaster/Maildir/"},
    {"in any case", "virtual_mailbox_maps", "ALICE@Test.com", "test.com/Alice/Maildir/"},
    {"with an extension", "virtual_mailbox_maps", "alice+lists@test.com", "test.com/Alice/Maildir/"},
    {"no maildir column", "virtual_mailbox_maps", "nomaildir@test.com", "nomaildir@test.com"},
    {"inactive", "virtual_mailbox_maps", "carol@test.com", nullptr},
    {"expired", "virtual_mailbox_maps", "late@test.com", nullptr},
    {"may not receive", "virtual_mailbox_maps", "mute@test.com", nullptr},
    {"of an inactive domain", "virtual_mailbox_maps", "x@old.com", nullptr},
    {"an alias is no mailbox", "virtual_mailbox_maps", "support@test.com", nullptr},
    {"an address literal", "virtual_mailbox_maps", "postmaster@[127.0.0.1]", nullptr},

    {"an alias", "virtual_alias_maps", "support@test.com", "postmaster@test.com"},
    {"of several", "virtual_alias_maps", "team@test.com",
     "postmaster@test.com,alice@test.com,friend@elsewhere.org"},
    {"an extension comes back", "virtual_alias_maps", "team+x@test.com",
     "postmaster+x@test.com,alice+x@test.com,friend+x@elsewhere.org"},
    {"an explicit alias wins over its mailbox", "virtual_alias_maps", "boss@test.com",
     "boss@test.com,alice@test.com"},
    {"a mailbox wins over the catch-all", "virtual_alias_maps", "alice@test.com", nullptr},
    {"with an extension too", "virtual_alias_maps", "alice+tag@test.com", nullptr},
    {"an inactive one too: its mail is nobody else's", "virtual_alias_maps", "carol@test.com", nullptr},
    {"the catch-all takes the rest", "virtual_alias_maps", "nobody@test.com", "postmaster@test.com"},
    {"also where an alias is inactive", "virtual_alias_maps", "off@test.com", "postmaster@test.com"},
    {"or empty", "virtual_alias_maps", "empty@test.com", "postmaster@test.com"},
    {"a bare target stays in its domain", "virtual_alias_maps", "bare@test.com", "alice@test.com"},
    {"a domain alias keeps the user", "virtual_alias_maps", "alice@other.com", "alice@test.com"},
    {"and its extension", "virtual_alias_maps", "alice+x@other.com", "alice+x@test.com"},
    {"a comma in a quoted local part stays in it", "virtual_alias_maps", "\"a,root\"@other.com",
     "\"a,root\"@test.com"},
    {"and in an extension", "virtual_alias_maps", "\"support+a,b\"@test.com", "\"postmaster+a,b\"@test.com"},
    {"a domain we don't know", "virtual_alias_maps", "a@example.org", nullptr},
    {"an alias of a domain that is switched off", "virtual_alias_maps", "alias@old.com", nullptr},
    {"an alias of a domain without a row", "virtual_alias_maps", "alias@norow.com", "alice@test.com"},
    {"a bare domain, as virtual_alias_domains asks", "virtual_alias_maps", "test.com", nullptr},
    {"the empty key", "virtual_alias_maps", "", nullptr},

    {"a mailbox owns its address", "smtpd_sender_login_maps", "alice@test.com", "Alice@test.com"},
    {"also while it is disabled", "smtpd_sender_login_maps", "carol@test.com", "carol@test.com"},
    {"the members of an alias own it", "smtpd_sender_login_maps", "team@test.com",
     "Alice@test.com,postmaster@test.com"},
    {"a loop ends", "smtpd_sender_login_maps", "loop-a@test.com", "Alice@test.com"},
    {"a mailbox and its alias's members", "smtpd_sender_login_maps", "boss@test.com",
     "boss@test.com,Alice@test.com"},
    {"the catch-all's mailbox owns the rest", "smtpd_sender_login_maps", "nobody@test.com",
     "postmaster@test.com"},
    {"through a domain alias", "smtpd_sender_login_maps", "alice@other.com", "Alice@test.com"},
    {"nobody owns a stranger's address", "smtpd_sender_login_maps", "a@example.org", nullptr},
    {"nor the null sender", "smtpd_sender_login_maps", "<>", nullptr},

    {"a domain whose mail goes elsewhere", "transport_maps", "anyone@relayed.com", "smtp:[10.0.0.9]"},
    {"in any case, with an extension", "transport_maps", "Any+one@Relayed.COM", "smtp:[10.0.0.9]"},
    {"a mailbox kept on another host", "transport_maps", "far@test.com", "lmtp:inet:[store2.test.com]:24"},
    {"with an extension", "transport_maps", "far+x@test.com", "lmtp:inet:[store2.test.com]:24"},
    {"a mailbox kept here", "transport_maps", "alice@test.com", nullptr},
    {"a domain that says NULL", "transport_maps", "a@null.com", nullptr},
    {"a domain that is switched off", "transport_maps", "x@old.com", nullptr},
    {"a domain we don't know", "transport_maps", "a@example.org", nullptr},
    {"the wildcard", "transport_maps", "*", nullptr},
    {"the null sender", "transport_maps", "<>", nullptr},
    {"a bare domain", "transport_maps", "relayed.com", nullptr},

    {"a quota in Courier's form", "virtual_mailbox_limit_maps", "alice@test.com", "104857600"},
    {"in plain digits", "virtual_mailbox_limit_maps", "far@test.com", "5000"},
    {"none", "virtual_mailbox_limit_maps", "nomaildir@test.com", "0"},
    {"with an extension", "virtual_mailbox_limit_maps", "alice+x@test.com", "104857600"},
    {"an alias has none", "virtual_mailbox_limit_maps", "support@test.com", nullptr},

    {"a domain that Postfix relays", "relay_domains", "relayed.com", "relayed.com"},
    {"and what is below it", "relay_domains", "a.b.Relayed.com", "relayed.com"},
    {"is no virtual mailbox domain", "virtual_mailbox_domains", "relayed.com", nullptr},
    {"a domain below one that is not relayed", "relay_domains", "sub.test.com", nullptr},
    {"a virtual mailbox domain", "relay_domains", "test.com", nullptr},
    {"one that is relayed no more", "relay_domains", "moved.com", nullptr},
    {"nor what is below it", "relay_domains", "sub.moved.com", nullptr},
    {"its own row wins over that above it", "relay_domains", "here.relayed.com", nullptr},
    {"and makes it a virtual mailbox domain", "virtual_mailbox_domains", "here.relayed.com",
     "here.relayed.com"},
    {"mail for what is below goes the same way", "transport_maps", "x@sub.relayed.com", "smtp:[10.0.0.9]"},
    {"but not that of a domain with a row", "transport_maps", "x@here.relayed.com", nullptr},
    {"a recipient behind the relay", "relay_recipient_maps", "Known+x@relayed.com", "known@relayed.com"},
    {"one that is not there", "relay_recipient_maps", "unknown@relayed.com", nullptr},
    {"one that may not receive", "relay_recipient_maps", "mute@test.com", nullptr},

    {"whose mail it is", "virtual_uid_maps", "alice@test.com", "2525"},
    {"and which group's", "virtual_gid_maps", "alice+x@test.com", "2525"},
    {"nobody's", "virtual_uid_maps", "support@test.com", nullptr},

    {"an A-label finds its U-label", "virtual_mailbox_domains", "xn--bcher-kva.example", "bücher.example"},
    {"a U-label finds itself", "virtual_mailbox_domains", "bücher.example", "bücher.example"},
    {"in capitals it is the same", "virtual_mailbox_domains", "XN--BCHER-KVA.example", "bücher.example"},
    {"a U-label finds its A-label", "virtual_mailbox_domains", "straße.example", "xn--strae-oqa.example"},
    {"so do mailboxes", "virtual_mailbox_maps", "info@straße.example", "xn--strae-oqa.example/info/Maildir/"},
    {"and catch-alls", "virtual_alias_maps", "any@xn--bcher-kva.example", "alice@test.com"},
    {"an A-label that is none", "virtual_mailbox_domains", "xn--ü.example", nullptr},

    {"an inactive sender", "sender_access", "carol@test.com",
     "550 5.7.1 the mailbox is inactive, it may not send mail"},
    {"one that may not send", "sender_access", "reader+x@test.com",
     "550 5.7.1 the mailbox has this service disabled, it may not send mail"},
    {"one that may not receive may send", "sender_access", "mute@test.com", nullptr},
    {"one that may", "sender_access", "alice@test.com", nullptr},
    {"an alias's members may use its name", "sender_access", "support@test.com", nullptr},
    {"a stranger", "sender_access", "a@example.org", nullptr},
    {"the null sender", "sender_access", "<>", nullptr},

    {"an inactive recipient", "recipient_access", "carol@test.com",
     "550 5.2.1 the mailbox is inactive, it does not accept mail"},
    {"an expired one", "recipient_access", "late@test.com",
     "550 5.2.1 the mailbox has expired, it does not accept mail"},
    {"one that may not receive", "recipient_access", "mute+x@test.com",
     "550 5.2.1 the mailbox has this service disabled, it does not accept mail"},
    {"one that may", "recipient_access", "alice@test.com", nullptr},
    {"an alias", "recipient_access", "support@test.com", nullptr},
    {"an unknown one is Postfix's to refuse", "recipient_access", "nobody@example.org", nullptr},
    {"a domain that is not ours is none of our business", "recipient_access", "x@old.com", nullptr},
};

}  // namespace

void fill_with_scenarios(FakeDirectory& directory) {
  directory.add_domain("test.com");
  directory.add_domain("old.com").active = false;
  directory.add_domain("relayed.com").transport = "smtp:[10.0.0.9]";
  directory.add_domain("here.relayed.com");
  auto& moved = directory.add_domain("moved.com");
  moved.transport = "smtp:[10.0.0.9]";
  moved.active = false;
  directory.add_domain("bücher.example");
  directory.add_domain("xn--strae-oqa.example");
  directory.add_domain("null.com").transport = "NULL";
  directory.add_domain("gone.com").expires = "2026-06-15";
  directory.add_domain("other.com");

  directory.add_mailbox("postmaster@test.com");
  directory.add_mailbox("Alice@test.com");
  directory.add_mailbox("carol@test.com").active = false;
  directory.add_mailbox("late@test.com").expires = "2026-06-15";
  directory.add_mailbox("mute@test.com").disabled.smtp = true;
  auto& bare = directory.add_mailbox("nomaildir@test.com");
  bare.maildir = "";
  bare.quota = "";
  directory.add_mailbox("boss@test.com");
  directory.add_mailbox("reader@test.com").disabled.smtpd = true;
  auto& far = directory.add_mailbox("far@test.com");
  far.mailhost = "store2.test.com";
  far.quota = "5000";
  directory.add_mailbox("known@relayed.com");
  directory.add_mailbox("info@xn--strae-oqa.example");
  directory.add_mailbox("x@old.com");

  directory.add_alias("support@test.com", "postmaster@test.com");
  directory.add_alias("team@test.com", "postmaster@test.com,alice@test.com,friend@elsewhere.org");
  directory.add_alias("boss@test.com", "boss@test.com,alice@test.com");
  directory.add_alias("off@test.com", "alice@test.com").active = false;
  directory.add_alias("empty@test.com", "");
  directory.add_alias("bare@test.com", "alice");
  directory.add_alias("loop-a@test.com", "loop-b@test.com");
  directory.add_alias("loop-b@test.com", "loop-a@test.com,alice@test.com");
  directory.add_alias("alias@old.com", "alice@test.com");
  directory.add_alias("alias@norow.com", "alice@test.com");
  directory.add_alias("@test.com", "postmaster@test.com");
  directory.add_alias("@other.com", "@test.com");
  directory.add_alias("@bücher.example", "alice@test.com");
}

MailRules scenario_rules() {
  MailRules rules;
  rules.mailhost_transport = "lmtp:inet:[%h]:24";
  rules.relay_transports = {"relay", "smtp"};
  return rules;
}

const std::vector<Scenario>& scenarios() {
  return kScenarios;
}

}  // namespace extmail::tests
