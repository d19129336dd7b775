// SPDX-License-Identifier: MIT
//
// Which domains are ours, and which are relayed.
#include "support/scenarios/topics.hpp"

namespace extmail::tests {
namespace {

Scenarios virtual_domains() {
  constexpr const char* kMap = "virtual_mailbox_domains";
  return {
      {"a domain of ours", kMap, "test.com", "test.com"},
      {"in any case", kMap, "TEST.com", "test.com"},
      {"the answer is as stored", kMap, "upper.example", "Upper.Example"},
      {"an inactive one", kMap, "old.com", nullptr},
      {"one that expires today", kMap, "gone.com", nullptr},
      {"unless expiry is ignored", kMap, "gone.com", "gone.com", "lenient"},
      {"then an inactive one is still none", kMap, "old.com", nullptr, "lenient"},
      {"one that expires one day", kMap, "later.com", "later.com"},
      {"one that offers no services", kMap, "services.com", "services.com"},
      {"also where that is enforced: it is about mailboxes", kMap, "services.com", "services.com", "strict"},
      {"one we don't know", kMap, "example.org", nullptr},
      {"one below ours", kMap, "mail.test.com", nullptr},
      {"one above ours", kMap, "com", nullptr},
      {"one that ours is the end of", kMap, "mytest.com", nullptr},
      {"one with a row of its own below ours", kMap, "sub.test.com", "sub.test.com"},
      {"an underscore is no wildcard", kMap, "underxscore.com", nullptr},
      {"but a letter", kMap, "under_score.com", "under_score.com"},
      {"a domain that only has aliases", kMap, "other.com", "other.com"},
      {"one that only has rows of addresses", kMap, "norow.com", nullptr},
      {"a relayed one is none", kMap, "relayed.com", nullptr},
      {"but one below it with a row is", kMap, "here.relayed.com", "here.relayed.com"},
      {"where nothing is relayed it is", kMap, "relayed.com", "relayed.com", "lenient"},
      {"a transport that only begins like a relay", kMap, "smtps.com", "smtps.com"},
      {"a transport without a name", kMap, "nexthop.com", "nexthop.com"},
      {"the text NULL as a transport", kMap, "null.com", "null.com"},

      {"an A-label finds its U-label", kMap, "xn--bcher-kva.example", "bücher.example"},
      {"a U-label finds itself", kMap, "bücher.example", "bücher.example"},
      {"in capitals it is the same", kMap, "XN--BCHER-KVA.example", "bücher.example"},
      {"a U-label in capitals, which UTS 46 maps", kMap, "BÜCHER.example", "bücher.example"},
      {"a U-label finds its A-label", kMap, "straße.example", "xn--strae-oqa.example"},
      {"an A-label finds itself", kMap, "xn--strae-oqa.example", "xn--strae-oqa.example"},
      {"ss is not ß", kMap, "strasse.example", nullptr},
      {"the letter without its accent is another", kMap, "bucher.example", nullptr},
      {"an A-label that is none", kMap, "xn--ü.example", nullptr},
      {"an A-label of nothing", kMap, "xn--.example", nullptr},
      {"a relayed one in its other form", kMap, "faß.example", nullptr},
  };
}

Scenarios relayed_domains() {
  constexpr const char* kMap = "relay_domains";
  return {
      {"a domain that Postfix relays", kMap, "relayed.com", "relayed.com"},
      {"in any case", kMap, "RELAYED.com", "relayed.com"},
      {"and what is below it", kMap, "sub.relayed.com", "relayed.com"},
      {"further below", kMap, "a.b.Relayed.com", "relayed.com"},
      {"sixteen labels below", kMap, "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.relayed.com", "relayed.com"},
      {"seventeen are too many to ask for", kMap, "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.relayed.com", nullptr},
      {"a domain below one that is not relayed", kMap, "mail.test.com", nullptr},
      {"a virtual mailbox domain", kMap, "test.com", nullptr},
      {"one that is relayed no more", kMap, "moved.com", nullptr},
      {"nor what is below it", kMap, "sub.moved.com", nullptr},
      {"one that has expired", kMap, "lapsed.com", nullptr},
      {"its own row wins over that above it", kMap, "here.relayed.com", nullptr},
      {"also for what is below", kMap, "sub.here.relayed.com", nullptr},
      {"the closest row decides", kMap, "x.relay.here.relayed.com", "relay.here.relayed.com"},
      {"a transport that only begins like a relay", kMap, "smtps.com", nullptr},
      {"a transport without a name", kMap, "nexthop.com", nullptr},
      {"one we don't know", kMap, "example.org", nullptr},
      {"one that a relayed one is the end of", kMap, "myrelayed.com", nullptr},
      {"the other form of a name", kMap, "faß.example", "xn--fa-hia.example"},
      {"its own form", kMap, "xn--fa-hia.example", "xn--fa-hia.example"},
      {"below it", kMap, "sub.faß.example", "xn--fa-hia.example"},
      {"a top domain", kMap, "com", nullptr},
      {"dots alone", kMap, "...", nullptr},
      {"a dot in front is a label that is empty", kMap, ".relayed.com", "relayed.com"},
      {"where nothing is relayed", kMap, "relayed.com", nullptr, "lenient"},
      {"nor below", kMap, "sub.relayed.com", nullptr, "strict"},
  };
}

}  // namespace

Scenarios domain_scenarios() {
  Scenarios all = virtual_domains();
  for (auto& scenario : relayed_domains())
    all.push_back(std::move(scenario));
  return all;
}

}  // namespace extmail::tests
