// SPDX-License-Identifier: MIT
//
// How a key is read, asked of every map: the forms of one address, and what is no address at all.
#include "core/address.hpp"
#include "support/scenarios/topics.hpp"

#include <string_view>
#include <utility>

namespace extmail::tests {
namespace {

using namespace std::string_literals;

constexpr const char* kAddressMaps[] = {"virtual_mailbox_maps",    "virtual_alias_maps",
                                        "smtpd_sender_login_maps", "transport_maps",
                                        "relay_recipient_maps",    "virtual_mailbox_limit_maps",
                                        "virtual_uid_maps",        "virtual_gid_maps",
                                        "recipient_access",        "sender_access"};
constexpr const char* kDomainMaps[] = {"virtual_mailbox_domains", "relay_domains"};

using Key = std::pair<const char*, std::string>;

/// No row can match these as an address, the catch-all of test.com neither.
std::vector<Key> no_addresses() {
  return {
      {"the empty key", ""},
      {"a blank", " "},
      {"the wildcard", "*"},
      {"the null sender", "<>"},
      {"an at sign", "@"},
      {"two of them", "@@"},
      {"a catch-all's own name", "@test.com"},
      {"a bare word", "alice"},
      {"a bare word with an extension", "alice+x"},
      {"a bare domain", "test.com"},
      {"a domain with a dot in front", ".test.com"},
      {"a user", "alice@"},
      {"an address literal", "[127.0.0.1]"},
      {"an address in one", "postmaster@[127.0.0.1]"},
      {"in a literal of IPv6", "postmaster@[IPv6:::1]"},
      {"an at sign in the local part", "alice@x@test.com"},
      {"quoted", "\"alice@x\"@test.com"},
      {"a source route", "@relay.example:alice@test.com"},
      {"an empty local part, quoted", "\"\"@test.com"},
      {"a quote that does not end", "\"alice@test.com"},
      {"one that ends too soon", "\"al\"ice@test.com"},
      {"one that a backslash leaves open", "\"alice\\\"@test.com"},
      {"in angle brackets", "<alice@test.com>"},
      {"with a name", "Alice <alice@test.com>"},
      {"a blank behind", "alice@test.com "},
      {"blanks in the domain", "alice@ test.com"},
      {"a comma behind", "alice@test.com,bob@test.com"},
      {"a slash in the domain", "alice@test.com/x"},
      {"a tab in the local part", "al\tice@test.com"},
      {"a line end", "alice\n@test.com"},
      {"behind", "alice@test.com\n"},
      {"a carriage return", "alice\r@test.com"},
      {"a zero byte", "alice\0@test.com"s},
      {"in front", "\0alice@test.com"s},
      {"in the domain", "alice@test.com\0"s},
      {"nothing but one", "\0"s},
      {"a delete character", "alice\x7f@test.com"},
      {"an escape", "\x1b[2Jalice@test.com"},
      {"a quoted control character", "\"al\\\tice\"@test.com"},
      {"a byte that is no UTF-8", "al\xffice@test.com"},
      {"Latin-1", "jos\xe9@test.com"},
      {"a character cut short", "x\xe2\x82@test.com"},
      {"one longer than it has to be", "x\xc0\xaf@test.com"},
      {"half of a surrogate pair", "x\xed\xa0\x80@test.com"},
      {"one beyond Unicode", "x\xf4\x90\x80\x80@test.com"},
      {"no UTF-8 in the domain", "alice@test\xff.com"},
      {"a byte over the longest address", std::string(kMaxAddressBytes - 8, 'a') + "@test.com"},
      {"far over it", std::string(9000, 'a') + "@test.com"},
      {"a domain that is too long", "alice@" + std::string(kMaxAddressBytes, 'a')},
  };
}

std::vector<Key> no_domains() {
  return {
      {"the empty key", ""},
      {"a blank", " "},
      {"the wildcard", "*"},
      {"the null sender", "<>"},
      {"an at sign", "@"},
      {"an address", "alice@test.com"},
      {"a catch-all's name", "@test.com"},
      {"a literal", "[127.0.0.1]"},
      {"a blank behind", "test.com "},
      {"in front", " test.com"},
      {"within", "te st.com"},
      {"a dot behind", "test.com."},
      {"a dot in front", ".test.com"},
      {"a port", "test.com:25"},
      {"a slash", "test.com/"},
      {"a comma", "test.com,old.com"},
      {"quotes", "\"test.com\""},
      {"a quote of SQL", "test.com' or '1'='1"},
      {"a line end", "test.com\n"},
      {"a zero byte", "test.com\0"s},
      {"no UTF-8", "test\xff.com"},
      {"too long", std::string(kMaxAddressBytes + 1, 'a')},
      {"far too long", std::string(9000, 'a')},
  };
}

/// Alice, as mail programs may write her.
std::vector<Key> forms_of_alice() {
  return {
      {"plain", "alice@test.com"},
      {"in capitals", "ALICE@TEST.COM"},
      {"in quotes that are not needed", "\"alice\"@test.com"},
      {"in quotes and capitals", "\"Alice\"@Test.com"},
      {"with a quoted letter", "\"al\\ice\"@test.com"},
      {"with an extension", "alice+x@test.com"},
      {"with an empty one", "alice+@test.com"},
      {"with several", "alice+x+y@test.com"},
      {"with a blank in the extension", "\"alice+x y\"@test.com"},
      {"with a quote in it", "\"alice+x\\\"y\"@test.com"},
      {"with an extension beyond ASCII", "alice+é@test.com"},
      {"with an extension that looks like a domain", "alice+other.com@test.com"},
  };
}

void ask_for_alice(Scenarios& all) {
  const std::pair<const char*, Expected> answers[] = {
      {"virtual_mailbox_maps", "test.com/Alice/Maildir/"},
      {"virtual_alias_maps", nullptr},
      {"smtpd_sender_login_maps", "Alice@test.com"},
      {"transport_maps", nullptr},
      {"relay_recipient_maps", "Alice@test.com"},
      {"virtual_mailbox_limit_maps", "104857600"},
      {"virtual_uid_maps", "2525"},
      {"virtual_gid_maps", "2525"},
      {"recipient_access", nullptr},
      {"sender_access", nullptr},
  };
  for (const auto& [map, answer] : answers) {
    for (const auto& [form, key] : forms_of_alice())
      all.push_back({std::string("a mailbox, ") + form, map, key, answer});
  }
}

Scenarios names_that_need_quotes() {
  Scenarios all;
  const std::pair<const char*, const char*> names[] = {
      {"\"john doe\"@test.com", "test.com/john doe/Maildir/"},
      {"john doe@test.com", "test.com/john doe/Maildir/"},
      {"\"john\\ doe\"@test.com", "test.com/john doe/Maildir/"},
      {"\"john doe+x y\"@test.com", "test.com/john doe/Maildir/"},
      {"\".dot\"@test.com", "test.com/.dot/Maildir/"},
      {".dot@test.com", "test.com/.dot/Maildir/"},
      {"\"two..dots\"@test.com", "test.com/two..dots/Maildir/"},
      {"\"quo\\\"te\"@test.com", "test.com/quo\"te/Maildir/"},
      {"quo\"te@test.com", "test.com/quo\"te/Maildir/"},
      {"\"back\\\\slash\"@test.com", "test.com/back\\slash/Maildir/"},
      {"back\\slash@test.com", "test.com/back\\slash/Maildir/"},
      {"\"comma,name\"@test.com", "test.com/comma,name/Maildir/"},
  };
  for (const auto& [key, maildir] : names)
    all.push_back({"a name that needs quotes", "virtual_mailbox_maps", key, maildir});
  all.push_back(
      {"an alias that needs quotes", "virtual_alias_maps", "\"two words\"@test.com", "alice@test.com"});
  all.push_back({"with an extension", "virtual_alias_maps", "\"two words+x\"@test.com", "alice+x@test.com"});
  all.push_back({"a blank in front is another name", "virtual_mailbox_maps", " alice@test.com", nullptr});
  all.push_back(
      {"which the catch-all takes", "virtual_alias_maps", "\" alice\"@test.com", "postmaster@test.com"});
  all.push_back({"as does the longest name", "virtual_alias_maps",
                 std::string(kMaxAddressBytes - 9, 'a') + "@test.com", "postmaster@test.com"});
  return all;
}

}  // namespace

Scenarios key_scenarios() {
  Scenarios all = names_that_need_quotes();
  ask_for_alice(all);
  for (const auto* map : kAddressMaps) {
    for (const auto& [story, key] : no_addresses())
      all.push_back({std::string(story) + " is no address", map, key, nullptr});
  }
  for (const auto* map : kDomainMaps) {
    for (const auto& [story, key] : no_domains())
      all.push_back({std::string(story) + " is no domain", map, key, nullptr});
  }
  return all;
}

}  // namespace extmail::tests
