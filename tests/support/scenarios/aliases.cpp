// SPDX-License-Identifier: MIT
//
// virtual_alias_maps: which row decides, and what it is turned into.
#include "support/scenarios/topics.hpp"

namespace extmail::tests {
namespace {

constexpr const char* kMap = "virtual_alias_maps";

/// What huge@test.com leads to: more than a reply of socketmap can hold.
std::string huge_answer() {
  std::string text;
  for (int i = 0; i < 12000; ++i)
    text += i == 0 ? "x@test.com" : ",x@test.com";
  return text;
}

Scenarios which_row_decides() {
  return {
      {"an alias", kMap, "support@test.com", "postmaster@test.com"},
      {"in any case, the target as it is stored", kMap, "SALES@test.COM", "Bob@Test.com"},
      {"of several", kMap, "team@test.com", "postmaster@test.com,alice@test.com,friend@elsewhere.org"},
      {"an explicit alias wins over its mailbox, and may list it", kMap, "boss@test.com",
       "boss@test.com,alice@test.com"},
      {"or leave it out", kMap, "bob@test.com", "alice@test.com"},
      {"a mailbox wins over the catch-all", kMap, "alice@test.com", nullptr},
      {"with an extension too", kMap, "alice+tag@test.com", nullptr},
      {"an inactive one too: its mail is nobody else's", kMap, "carol@test.com", nullptr},
      {"an expired one", kMap, "late@test.com", nullptr},
      {"one that may not receive", kMap, "mute@test.com", nullptr},
      {"one on another host", kMap, "far@test.com", nullptr},
      {"the catch-all takes the rest", kMap, "nobody@test.com", "postmaster@test.com"},
      {"also where an alias is inactive", kMap, "off@test.com", "postmaster@test.com"},
      {"or empty", kMap, "empty@test.com", "postmaster@test.com"},
      {"or nothing but commas", kMap, "commas@test.com", "postmaster@test.com"},
      {"an alias of a disabled mailbox is an alias", kMap, "carol-too@test.com", "carol@test.com"},
      {"one to where nobody is", kMap, "nowhere@test.com", "nobody@missing.example"},
      {"a domain we don't know", kMap, "a@example.org", nullptr},
      {"a domain below ours is another", kMap, "nobody@sub.test.com", nullptr},
      {"with aliases of its own", kMap, "jane@sub.test.com", "alice@test.com"},
      {"an alias of a domain that is switched off", kMap, "alias@old.com", nullptr},
      {"of one that has expired", kMap, "alias@gone.com", nullptr},
      {"its catch-all", kMap, "nobody@gone.com", nullptr},
      {"both count where expiry is ignored", kMap, "alias@gone.com", "alice@test.com", "lenient"},
      {"the catch-all too", kMap, "nobody@gone.com", "alice@test.com", "lenient"},
      {"but not over its mailbox", kMap, "x@gone.com", nullptr, "lenient"},
      {"an alias of a domain without a row", kMap, "alias@norow.com", "alice@test.com"},
      {"a catch-all of one", kMap, "nobody@norow.com", "bob@test.com"},
      {"a mailbox without a domain's row is still a mailbox", kMap, "orphan@norow.com", nullptr},
      {"an alias in a relayed domain", kMap, "alias@relayed.com", "alice@test.com"},
  };
}

Scenarios catch_alls() {
  return {
      {"a catch-all of several", kMap, "nobody@catch.com", "user@catch.com,Alice@test.com"},
      {"an extension is not put to its targets", kMap, "nobody+x@catch.com", "user@catch.com,Alice@test.com"},
      {"a mailbox keeps its mail", kMap, "user@catch.com", nullptr},
      {"with an extension", kMap, "user+x@catch.com", nullptr},
      {"an inactive one", kMap, "off@catch.com", nullptr},
      {"an expired one", kMap, "late@catch.com", nullptr},
      {"one that may not receive", kMap, "mute@test.com", nullptr},
      {"an alias keeps its own", kMap, "named@catch.com", "alice@test.com"},
      {"an inactive alias does not", kMap, "off-alias@catch.com", "user@catch.com,Alice@test.com"},
      {"an inactive catch-all is none", kMap, "nobody@later.com", nullptr},
      {"postmaster is caught where he has no row", kMap, "postmaster@catch.com",
       "user@catch.com,Alice@test.com"},
      {"so is a local part that is blank inside", kMap, "\"no body\"@catch.com",
       "user@catch.com,Alice@test.com"},
      {"so is one that starts with the delimiter", kMap, "+@catch.com", "user@catch.com,Alice@test.com"},
      {"an accent makes another name", kMap, "josé@test.com", "postmaster@test.com"},
      {"a wildcard of LIKE is a letter", kMap, "un_der@test.com", nullptr},
      {"and stands for no other", kMap, "unxder@test.com", "postmaster@test.com"},
      {"a percent sign too", kMap, "%@test.com", "postmaster@test.com"},
      {"a quote of SQL", kMap, "x' or '1'='1@test.com", "postmaster@test.com"},
      {"a comment of SQL", kMap, "alice@test.com'--@test.com", nullptr},
  };
}

Scenarios what_targets_mean() {
  return {
      {"a bare target stays in its domain", kMap, "bare@test.com", "alice@test.com"},
      {"several", kMap, "bares@test.com", "alice@test.com,bob@test.com,root@elsewhere.org"},
      {"with an extension", kMap, "bare+x@test.com", "alice+x@test.com"},
      {"blanks and empty places between targets", kMap, "spaced@test.com", "alice@test.com,bob@test.com"},
      {"blanks in place of commas", kMap, "blanks@test.com", "alice@test.com,bob@test.com,boss@test.com"},
      {"lines", kMap, "lines@test.com", "alice@test.com,bob@test.com"},
      {"a target that is named twice stays so", kMap, "twice@test.com",
       "alice@test.com,alice@test.com,ALICE@test.com"},
      {"an alias of itself", kMap, "self@test.com", "self@test.com"},
      {"a domain among the targets keeps the user", kMap, "mixed@test.com", "alice@test.com,mixed@later.com"},
      {"with its extension", kMap, "mixed+x@test.com", "alice+x@test.com,mixed+x@later.com"},
      {"a domain alone", kMap, "whole@test.com", "whole@other.com"},
      {"a target that has an extension", kMap, "tagged@test.com", "alice+tag@test.com"},
      {"gets another one", kMap, "tagged+x@test.com", "alice+tag+x@test.com"},
      {"quotes that a target does not need are left out", kMap, "quoted@test.com", "john.doe@elsewhere.org"},
      {"a command is a name in our domain", kMap, "pipe@test.com", "|/bin/false@test.com"},
      {"a lone at sign keeps the user of nowhere", kMap, "at@test.com", "at@"},
      {"letters beyond ASCII", kMap, "用@test.com", "用户@test.com"},
      {"a target in a domain of such letters", kMap, "buch@test.com", "kontakt@bücher.example"},
      {"with an extension", kMap, "buch+x@test.com", "kontakt+x@bücher.example"},
      {"more than a reply can hold", kMap, "huge@test.com", huge_answer()},
      {"a link of a chain is one step: Postfix takes the next", kMap, "link0@test.com", "link1@test.com"},
      {"so is one of a loop", kMap, "loop-a@test.com", "loop-b@test.com"},
      {"and the way back", kMap, "loop-b@test.com", "loop-a@test.com,alice@test.com"},
  };
}

Scenarios extensions() {
  return {
      {"an extension comes back", kMap, "team+x@test.com",
       "postmaster+x@test.com,alice+x@test.com,friend+x@elsewhere.org"},
      {"in the case it was written in", kMap, "Support+X@test.com", "postmaster+X@test.com"},
      {"an empty one", kMap, "support+@test.com", "postmaster+@test.com"},
      {"the first delimiter splits", kMap, "support+x+y@test.com", "postmaster+x+y@test.com"},
      {"two at once", kMap, "support++@test.com", "postmaster++@test.com"},
      {"a row with the extension comes first", kMap, "news+daily@test.com", "bob@test.com"},
      {"in any case", kMap, "NEWS+Daily@test.com", "bob@test.com"},
      {"another extension takes the row without", kMap, "news+weekly@test.com", "alice+weekly@test.com"},
      {"a longer one too", kMap, "news+daily+x@test.com", "alice+daily+x@test.com"},
      {"a mailbox with a delimiter in its name", kMap, "plus+mailbox@test.com", nullptr},
      {"a part of it is another name", kMap, "plus@test.com", "postmaster@test.com"},
      {"a name that starts with the delimiter is whole", kMap, "+lead@test.com", nullptr},
      {"and is no extension of nobody", kMap, "+other@test.com", "postmaster@test.com"},
      {"dash is no delimiter here", kMap, "support-x@test.com", "postmaster@test.com"},
      {"nor is a dot", kMap, "support.x@test.com", "postmaster@test.com"},
      {"a comma in an extension stays in it", kMap, "\"support+a,b\"@test.com",
       "\"postmaster+a,b\"@test.com"},
      {"a quote in it", kMap, "\"support+a\\\"b\"@test.com", "\"postmaster+a\\\"b\"@test.com"},
      {"a target of another host gets it quoted too", kMap, "\"team+a b\"@test.com",
       "\"postmaster+a b\"@test.com,\"alice+a b\"@test.com,\"friend+a b\"@elsewhere.org"},
      {"an extension beyond ASCII", kMap, "support+é@test.com", "postmaster+é@test.com"},
      {"postmaster is never split", kMap, "postmaster@test.com", nullptr},
      {"but from an extension it is", kMap, "postmaster+x@test.com", nullptr},
      {"mailer-daemon", kMap, "mailer-daemon+x@test.com", nullptr},
      {"double-bounce", kMap, "double-bounce+x@test.com", nullptr},

      {"a dash is one where the set has it", kMap, "support-x@test.com", "postmaster-x@test.com", "lenient"},
      {"so is the plus", kMap, "support+x@test.com", "postmaster+x@test.com", "lenient"},
      {"whichever is first", kMap, "support-x+y@test.com", "postmaster-x+y@test.com", "lenient"},
      {"the other way round", kMap, "support+x-y@test.com", "postmaster+x-y@test.com", "lenient"},
      {"a row with a dash comes first", kMap, "dash-alias@test.com", "alice@test.com", "lenient"},
      {"behind it the dash splits too early", kMap, "dash-alias-x@test.com", "postmaster@test.com",
       "lenient"},
      {"a mailbox with a dash", kMap, "dash-mailbox@test.com", nullptr, "lenient"},
      {"owner-x stays whole", kMap, "owner-news@test.com", "alice@test.com", "lenient"},
      {"and is no extension of owner, whose mailbox would keep it", kMap, "owner-x@test.com",
       "postmaster@test.com", "lenient"},
      {"in any case", kMap, "OWNER-x@test.com", "postmaster@test.com", "lenient"},
      {"nor is x-request one of x", kMap, "news-request@test.com", "alice@test.com", "lenient"},
      {"whose mailbox would keep it", kMap, "team-request@test.com", "postmaster@test.com", "lenient"},
      {"a request with a plus is not split either", kMap, "news+x-request@test.com", "postmaster@test.com",
       "lenient"},
      {"-request alone is no request, and starts with the delimiter", kMap, "-request@test.com",
       "postmaster@test.com", "lenient"},
      {"mailer-daemon has a dash, and is whole", kMap, "mailer-daemon@test.com", nullptr, "lenient"},
      {"not so with an extension: mailer would be its name", kMap, "mailer-daemon+x@test.com",
       "postmaster@test.com", "lenient"},

      {"without delimiters a plus is a letter", kMap, "support+x@test.com", "postmaster@test.com", "strict"},
      {"a row with one is found", kMap, "news+daily@test.com", "bob@test.com", "strict"},
      {"a mailbox has no extensions", kMap, "alice+x@test.com", "postmaster@test.com", "strict"},
  };
}

}  // namespace

Scenarios alias_scenarios() {
  Scenarios all;
  for (const auto& part : {which_row_decides(), catch_alls(), what_targets_mean(), extensions()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace extmail::tests
