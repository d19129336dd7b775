// SPDX-License-Identifier: MIT
//
// smtpd_sender_login_maps: who may send as an address.
#include "support/scenarios/topics.hpp"

namespace extmail::tests {

Scenarios sender_scenarios() {
  constexpr const char* kMap = "smtpd_sender_login_maps";
  return {
      {"a mailbox owns its address", kMap, "alice@test.com", "Alice@test.com"},
      {"in any case", kMap, "ALICE@TEST.COM", "Alice@test.com"},
      {"with an extension", kMap, "alice+x@test.com", "Alice@test.com"},
      {"with two", kMap, "alice+x+y@test.com", "Alice@test.com"},
      {"with a dash", kMap, "alice-x@test.com", "Alice@test.com", "lenient"},
      {"which here is for the catch-all", kMap, "alice-x@test.com", "postmaster@test.com"},
      {"also while it is inactive", kMap, "carol@test.com", "carol@test.com"},
      {"expired", kMap, "late@test.com", "late@test.com"},
      {"or may not send", kMap, "reader@test.com", "reader@test.com"},
      {"or not receive", kMap, "mute@test.com", "mute@test.com"},
      {"or its domain is off", kMap, "x@old.com", "x@old.com"},
      {"or has no row", kMap, "orphan@norow.com", "orphan@norow.com"},
      {"a mailbox with the delimiter in its name", kMap, "plus+mailbox@test.com", "plus+mailbox@test.com"},
      {"letters beyond ASCII", kMap, "用户@test.com", "用户@test.com"},
      {"a domain in its other form", kMap, "info@straße.example", "info@xn--strae-oqa.example"},
      {"an accent makes another name", kMap, "josé@test.com", "postmaster@test.com"},

      {"the members of an alias own it", kMap, "team@test.com", "Alice@test.com,postmaster@test.com"},
      {"with an extension", kMap, "team+x@test.com", "Alice@test.com,postmaster@test.com"},
      {"of an alias in capitals", kMap, "sales@test.com", "bob@test.com,Alice@test.com"},
      {"a mailbox and its alias's members", kMap, "boss@test.com", "boss@test.com,Alice@test.com"},
      {"a mailbox whose alias leaves it out", kMap, "bob@test.com", "bob@test.com,Alice@test.com"},
      {"an alias of an alias", kMap, "news+daily@test.com", "bob@test.com,Alice@test.com"},
      {"a bare target", kMap, "bare@test.com", "Alice@test.com"},
      {"targets in a row of blanks", kMap, "blanks@test.com", "boss@test.com,bob@test.com,Alice@test.com"},
      {"a target named twice is one", kMap, "twice@test.com", "Alice@test.com"},
      {"an alias of itself has no owner", kMap, "self@test.com", nullptr},
      {"an alias to elsewhere has none here", kMap, "nowhere@test.com", nullptr},
      {"a target with an extension", kMap, "tagged@test.com", "Alice@test.com"},
      {"an alias of a disabled mailbox", kMap, "carol-too@test.com", "carol@test.com"},
      {"an inactive alias is for the catch-all", kMap, "off@test.com", "postmaster@test.com"},
      {"so is an empty one", kMap, "empty@test.com", "postmaster@test.com"},
      {"an alias of a domain that is off", kMap, "alias@old.com", nullptr},
      {"an alias of a domain without a row", kMap, "alias@norow.com", "Alice@test.com"},
      {"an alias to a domain that leads back has none", kMap, "whole@test.com", nullptr},
      {"a target in letters beyond ASCII", kMap, "buch@test.com", "kontakt@bücher.example"},

      {"a loop ends", kMap, "loop-a@test.com", "Alice@test.com"},
      {"also from its other end", kMap, "loop-b@test.com", "Alice@test.com"},
      {"a ring that leads to nobody", kMap, "ring-a@test.com", nullptr},
      {"a chain of a hundred", kMap, "link21@test.com", "Alice@test.com"},
      {"one of more", kMap, "link0@test.com", refused("leads to more than 100 addresses")},
      {"a crowd", kMap, "crowd@test.com", refused("crowd@test.com leads to more than 100 addresses")},
      {"many times the same", kMap, "huge@test.com", "postmaster@test.com"},

      {"the catch-all's mailbox owns the rest", kMap, "nobody@test.com", "postmaster@test.com"},
      {"all its members do", kMap, "nobody@catch.com", "Alice@test.com,user@catch.com"},
      {"but not the mailboxes", kMap, "user@catch.com", "user@catch.com"},
      {"nor the aliases", kMap, "named@catch.com", "Alice@test.com"},
      {"nor a mailbox that is off", kMap, "off@catch.com", "off@catch.com"},
      {"an inactive catch-all owns nothing", kMap, "nobody@later.com", nullptr},
      {"an address that needs quotes", kMap, "\"john doe\"@catch.com", "Alice@test.com,user@catch.com"},
      {"a login with a blank would be two, so it owns nothing", kMap, "\"john doe\"@test.com", nullptr},
      {"nor does one with a comma", kMap, "\"comma,name\"@test.com", nullptr},
      {"one with a quote is one", kMap, "\"quo\\\"te\"@test.com", "quo\"te@test.com"},
      {"nobody owns a stranger's address", kMap, "a@example.org", nullptr},
  };
}

}  // namespace extmail::tests
