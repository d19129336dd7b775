// SPDX-License-Identifier: MIT
//
// Where mail goes: transport_maps, and relay_recipient_maps for domains that are relayed.
#include "support/scenarios/topics.hpp"

namespace extmail::tests {

Scenarios routing_scenarios() {
  constexpr const char* kMap = "transport_maps";
  constexpr const char* kKnown = "relay_recipient_maps";
  return {
      {"a domain whose mail goes elsewhere", kMap, "anyone@relayed.com", "smtp:[10.0.0.9]"},
      {"in any case, with an extension", kMap, "Any+one@Relayed.COM", "smtp:[10.0.0.9]"},
      {"mail for what is below goes the same way", kMap, "x@sub.relayed.com", "smtp:[10.0.0.9]"},
      {"further below", kMap, "x@a.b.c.relayed.com", "smtp:[10.0.0.9]"},
      {"but not that of a domain with a row", kMap, "x@here.relayed.com", nullptr},
      {"nor what is below that", kMap, "x@sub.here.relayed.com", nullptr},
      {"a transport without a next hop", kMap, "x@relay.here.relayed.com", "relay:"},
      {"a next hop without a transport", kMap, "x@nexthop.com", ":[10.0.0.8]"},
      {"below one that is not relayed", kMap, "x@sub.nexthop.com", nullptr},
      {"an error", kMap, "x@error.com", "error:5.1.1 closed"},
      {"a name without a colon, as ExtMan takes it", kMap, "x@bare.com", "maildrop"},
      {"blanks around it", kMap, "x@spaced.com", "lmtp:unix:private/x"},
      {"nothing but blanks", kMap, "x@blank.com", nullptr},
      {"a domain that says NULL", kMap, "a@null.com", nullptr},
      {"a domain that says nothing", kMap, "a@test.com", nullptr},
      {"a domain that is switched off", kMap, "x@old.com", nullptr},
      {"a relayed one that is", kMap, "x@moved.com", nullptr},
      {"one that has expired", kMap, "x@lapsed.com", nullptr},
      {"unless expiry is ignored", kMap, "x@lapsed.com", "smtp:[10.0.0.9]", "lenient"},
      {"where nothing is relayed the column counts still", kMap, "x@relayed.com", "smtp:[10.0.0.9]",
       "lenient"},
      {"but not for what is below", kMap, "x@sub.relayed.com", nullptr, "lenient"},
      {"a domain we don't know", kMap, "a@example.org", nullptr},
      {"a domain without a row", kMap, "orphan@norow.com", nullptr},
      {"the other form of a domain", kMap, "x@faß.example", "smtp:[10.0.0.7]"},
      {"below it", kMap, "x@sub.xn--fa-hia.example", "smtp:[10.0.0.7]"},

      {"a mailbox kept on another host", kMap, "far@test.com", "lmtp:inet:[store2.test.com]:24"},
      {"with an extension", kMap, "far+x@test.com", "lmtp:inet:[store2.test.com]:24"},
      {"by its address", kMap, "far6@test.com", "lmtp:inet:[fd00::1]:24"},
      {"it wins over the domain's transport", kMap, "far@spaced.com", "lmtp:inet:[store3]:24"},
      {"without which the others go", kMap, "pilot@spaced.com", "lmtp:unix:private/x"},
      {"it takes a template", kMap, "far@test.com", nullptr, "lenient"},
      {"and the domain's counts without one", kMap, "far@spaced.com", "lmtp:unix:private/x", "lenient"},
      {"a host with a port", kMap, "far-port@test.com", refused("far-port@test.com has a mailhost")},
      {"a host that is more than one", kMap, "far-bracket@test.com", refused("correct the row")},
      {"no matter without a template", kMap, "far-bracket@test.com", nullptr, "strict"},
      {"a mailbox kept here", kMap, "alice@test.com", nullptr},
      {"an alias goes nowhere", kMap, "support@test.com", nullptr},
      {"an inactive mailbox", kMap, "carol@test.com", nullptr},

      {"a recipient behind the relay", kKnown, "Known+x@relayed.com", "known@relayed.com"},
      {"one that is not there", kKnown, "unknown@relayed.com", nullptr},
      {"an alias there is for virtual_alias_maps", kKnown, "alias@relayed.com", nullptr},
      {"one that may not receive", kKnown, "mute@test.com", nullptr},
      {"an inactive one", kKnown, "carol@test.com", nullptr},
      {"an expired one", kKnown, "late@test.com", nullptr},
      {"an expired one, ignored", kKnown, "late@test.com", "late@test.com", "lenient"},
      {"one of a domain that is off", kKnown, "x@old.com", nullptr},
      {"one of a domain that is ours", kKnown, "alice@test.com", "Alice@test.com"},
      {"where services of domains are enforced", kKnown, "user@services.com", nullptr, "strict"},
      {"a stranger", kKnown, "a@example.org", nullptr},
  };
}

}  // namespace extmail::tests
