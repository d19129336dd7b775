// SPDX-License-Identifier: MIT
//
// The maps about one mailbox: that it is there, how much it may hold, whose its mail is.
#include "support/scenarios/topics.hpp"

namespace extmail::tests {
namespace {

Scenarios existence() {
  constexpr const char* kMap = "virtual_mailbox_maps";
  constexpr const char* kAlice = "test.com/Alice/Maildir/";
  return {
      {"a mailbox", kMap, "postmaster@test.com", "test.com/postmaster/Maildir/"},
      {"in any case", kMap, "ALICE@Test.com", kAlice},
      {"with an extension", kMap, "alice+lists@test.com", kAlice},
      {"with an empty one", kMap, "alice+@test.com", kAlice},
      {"with several delimiters", kMap, "alice+a+b@test.com", kAlice},
      {"an extension with a dash", kMap, "alice+a-b@test.com", kAlice},
      {"with the dash as a delimiter", kMap, "alice-b@test.com", kAlice, "lenient"},
      {"which it is not here", kMap, "alice-b@test.com", nullptr},
      {"no maildir column", kMap, "nomaildir@test.com", "nomaildir@test.com"},
      {"the maildir is as stored, whatever it is", kMap, "climber@test.com", "../../etc/"},
      {"in ISP mode", kMap, "isp@test.com", "BD/98/test.com/isp/Maildir/"},
      {"inactive", kMap, "carol@test.com", nullptr},
      {"expired", kMap, "late@test.com", nullptr},
      {"unless expiry is ignored", kMap, "late@test.com", "test.com/late/Maildir/", "lenient"},
      {"not yet expired", kMap, "forever@test.com", "test.com/forever/Maildir/"},
      {"may not receive", kMap, "mute@test.com", nullptr},
      {"may not send", kMap, "reader@test.com", "test.com/reader/Maildir/"},
      {"may not read", kMap, "elsewise@test.com", "test.com/elsewise/Maildir/"},
      {"everything at once", kMap, "all-wrong@test.com", nullptr},
      {"also where expiry is ignored", kMap, "all-wrong@test.com", nullptr, "lenient"},
      {"expired, and may not receive", kMap, "lapsed-mute@test.com", nullptr, "lenient"},
      {"of an inactive domain", kMap, "x@old.com", nullptr},
      {"of an expired one", kMap, "x@gone.com", nullptr},
      {"of an expired one, ignored", kMap, "x@gone.com", "gone.com/x/Maildir/", "lenient"},
      {"of a domain without a row", kMap, "orphan@norow.com", nullptr},
      {"of a domain that offers no services", kMap, "user@services.com", "services.com/user/Maildir/"},
      {"where that is enforced", kMap, "user@services.com", nullptr, "strict"},
      {"of a relayed domain", kMap, "known@relayed.com", "relayed.com/known/Maildir/"},
      {"an alias is no mailbox", kMap, "support@test.com", nullptr},
      {"a catch-all is none", kMap, "nobody@test.com", nullptr},
      {"a mailbox of a domain alias's target is none here", kMap, "alice@other.com", nullptr},
      {"a name with a delimiter in it", kMap, "plus+mailbox@test.com", "test.com/plus+mailbox/Maildir/"},
      {"its beginning is nobody", kMap, "plus@test.com", nullptr},
      {"nor with another extension", kMap, "plus+other@test.com", nullptr},
      {"a name that starts with the delimiter", kMap, "+lead@test.com", "test.com/+lead/Maildir/"},
      {"a name with a dash", kMap, "dash-mailbox@test.com", "test.com/dash-mailbox/Maildir/", "lenient"},
      {"with an extension it is cut at the dash", kMap, "dash-mailbox+x@test.com", nullptr, "lenient"},
      {"but not here", kMap, "dash-mailbox+x@test.com", "test.com/dash-mailbox/Maildir/"},
      {"owner-x", kMap, "owner-list@test.com", "test.com/owner-list/Maildir/", "lenient"},
      {"is not of owner", kMap, "owner-other@test.com", nullptr, "lenient"},
      {"where dash is no delimiter it has extensions", kMap, "owner-list+x@test.com",
       "test.com/owner-list/Maildir/"},
      {"x-request", kMap, "list-request@test.com", "test.com/list-request/Maildir/", "lenient"},
      {"is not of x", kMap, "boss-request@test.com", nullptr, "lenient"},
      {"unlike another extension", kMap, "list-requests@test.com", "test.com/list/Maildir/", "lenient"},
      {"postmaster with an extension", kMap, "postmaster+x@test.com", "test.com/postmaster/Maildir/"},
      {"mailer-daemon", kMap, "mailer-daemon@test.com", "test.com/mailer-daemon/Maildir/", "lenient"},
      {"mailer-daemon with an extension", kMap, "mailer-daemon+x@test.com",
       "test.com/mailer-daemon/Maildir/"},
      {"double-bounce", kMap, "double-bounce@test.com", "test.com/double-bounce/Maildir/", "lenient"},
      {"double-bounce with an extension", kMap, "Double-Bounce+x@test.com",
       "test.com/double-bounce/Maildir/"},
      {"no extensions at all", kMap, "alice+x@test.com", nullptr, "strict"},
      {"a name with a dot", kMap, "a.b@test.com", "test.com/a.b/Maildir/"},
      {"a quote of SQL", kMap, "o'brien@test.com", "test.com/o'brien/Maildir/"},
      {"a percent sign", kMap, "per%cent@test.com", "test.com/per%cent/Maildir/"},
      {"an underscore", kMap, "un_der@test.com", "test.com/un_der/Maildir/"},
      {"is no wildcard", kMap, "un.der@test.com", nullptr},
      {"letters beyond ASCII", kMap, "用户@test.com", "test.com/用户/Maildir/"},
      {"with an extension", kMap, "用户+x@test.com", "test.com/用户/Maildir/"},
      {"an accent makes another name", kMap, "josé@test.com", nullptr},
      {"a domain stored in capitals", kMap, "user@upper.example", "Upper.Example/user/Maildir/"},
      {"a domain in its other form", kMap, "info@straße.example", "xn--strae-oqa.example/info/Maildir/"},
      {"in the form it is stored in", kMap, "info@xn--strae-oqa.example",
       "xn--strae-oqa.example/info/Maildir/"},
      {"the other way round", kMap, "kontakt@xn--bcher-kva.example", "bücher.example/kontakt/Maildir/"},
      {"with an extension", kMap, "kontakt+x@XN--BCHER-KVA.example", "bücher.example/kontakt/Maildir/"},
  };
}

Scenarios limits() {
  constexpr const char* kMap = "virtual_mailbox_limit_maps";
  return {
      {"a quota in Courier's form", kMap, "alice@test.com", "104857600"},
      {"in plain digits", kMap, "far@test.com", "5000"},
      {"none", kMap, "nomaildir@test.com", "0"},
      {"0S is none", kMap, "q-zero@test.com", "0"},
      {"0 is none", kMap, "q-digit-zero@test.com", "0"},
      {"messages only", kMap, "q-count@test.com", "0"},
      {"bytes and messages", kMap, "q-both@test.com", "1048576"},
      {"messages and bytes", kMap, "q-turned@test.com", "1048576"},
      {"words", kMap, "q-words@test.com", "0"},
      {"a negative one", kMap, "q-minus@test.com", "0"},
      {"an unknown unit", kMap, "q-unit@test.com", "0"},
      {"a blank in front", kMap, "q-blank@test.com", "0"},
      {"a unit in lower case", kMap, "q-lower@test.com", "0"},
      {"a large one", kMap, "q-large@test.com", "999999999999999"},
      {"with an extension", kMap, "alice+x@test.com", "104857600"},
      {"of a mailbox that may not receive", kMap, "mute@test.com", "104857600"},
      {"of an inactive one", kMap, "carol@test.com", "104857600"},
      {"an alias has none", kMap, "support@test.com", nullptr},
      {"nor have strangers", kMap, "a@example.org", nullptr},
  };
}

Scenarios owners_of_mail() {
  constexpr const char* kUser = "virtual_uid_maps";
  constexpr const char* kGroup = "virtual_gid_maps";
  return {
      {"whose mail it is", kUser, "alice@test.com", "2525"},
      {"and which group's", kGroup, "alice+x@test.com", "2525"},
      {"nobody's", kUser, "support@test.com", nullptr},
      {"no group's", kGroup, "nobody@test.com", nullptr},
      {"the configuration has the last word", kUser, "alice@test.com", "3000", "lenient"},
      {"on the group too", kGroup, "alice@test.com", "3001", "lenient"},
      {"even over root", kUser, "root@test.com", "3000", "lenient"},
      {"root", kUser, "root@test.com", refused("uidnumber 0 is below min_uid 500")},
      {"the group of root", kGroup, "root-group@test.com", refused("gidnumber 0 is below min_gid 500")},
      {"which spoils the user too", kUser, "root-group@test.com", refused("root-group@test.com")},
      {"an account of the system", kUser, "low@test.com", refused("uidnumber 499")},
      {"the least that may be", kUser, "least@test.com", "500"},
      {"its group", kGroup, "least@test.com", "500"},
      {"where the least is more", kUser, "least@test.com", refused("below min_uid 2000"), "strict"},
      {"for groups too", kGroup, "alice@test.com", refused("gidnumber 2525 is below min_gid 3000"), "strict"},
      {"nobody that chown(2) would take for nothing", kUser, "minus@test.com", refused("uidnumber -1")},
      {"the most that the column holds", kUser, "most@test.com", "2147483647"},
      {"a path that leaves the mail base", kUser, "climber@test.com",
       refused("maildir leaves the mail base")},
      {"a path into another domain", kUser, "neighbour@test.com", refused("not in the folder of the domain")},
      {"a home elsewhere", kGroup, "absolute@test.com", refused("homedir leaves the mail base")},
      {"ISP mode", kUser, "isp@test.com", "2525"},
      {"no paths at all", kUser, "nomaildir@test.com", "2525"},
      {"a mailbox that may not receive keeps its mail", kUser, "mute@test.com", "2525"},
  };
}

}  // namespace

Scenarios mailbox_scenarios() {
  Scenarios all;
  for (const auto& part : {existence(), limits(), owners_of_mail()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace extmail::tests
