// SPDX-License-Identifier: MIT
//
// `@a` → `@b`: a whole domain under another name.
#include "support/scenarios/topics.hpp"

namespace extmail::tests {

Scenarios domain_alias_scenarios() {
  constexpr const char* kMap = "virtual_alias_maps";
  constexpr const char* kOwners = "smtpd_sender_login_maps";
  return {
      {"a domain alias keeps the user", kMap, "alice@other.com", "alice@test.com"},
      {"whoever it is", kMap, "nobody@other.com", "nobody@test.com"},
      {"in the case it was written in", kMap, "Alice@Other.COM", "Alice@test.com"},
      {"its extension too", kMap, "Alice+X@Other.COM", "Alice+X@test.com"},
      {"quoted", kMap, "\"A B\"@Other.COM", "\"A B\"@test.com"},
      {"and its extension", kMap, "alice+x@other.com", "alice+x@test.com"},
      {"an empty one", kMap, "alice+@other.com", "alice+@test.com"},
      {"several", kMap, "alice+x+y@other.com", "alice+x+y@test.com"},
      {"a comma in a quoted local part stays in it", kMap, "\"a,root\"@other.com", "\"a,root\"@test.com"},
      {"a blank", kMap, "\"john doe\"@other.com", "\"john doe\"@test.com"},
      {"a quote", kMap, "\"a\\\"b\"@other.com", "\"a\\\"b\"@test.com"},
      {"a backslash", kMap, "\"a\\\\b\"@other.com", "\"a\\\\b\"@test.com"},
      {"brackets", kMap, "\"<a>\"@other.com", "\"<a>\"@test.com"},
      {"a colon, as of a list", kMap, "\":include:/etc/passwd\"@other.com",
       "\":include:/etc/passwd\"@test.com"},
      {"a command is a name with a bar in it", kMap, "|cmd@other.com", "|cmd@test.com"},
      {"a file is a name with slashes", kMap, "/tmp/x@other.com", "/tmp/x@test.com"},
      {"quotes that were not needed are left out", kMap, "\"alice\"@other.com", "alice@test.com"},
      {"a local part that starts with a dot needs them", kMap, "\".dot\"@other.com", "\".dot\"@test.com"},
      {"letters beyond ASCII", kMap, "用户@other.com", "用户@test.com"},
      {"a local part that starts with the delimiter", kMap, "+lead@other.com", "+lead@test.com"},
      {"a mailbox of the domain keeps its mail", kMap, "user@other.com", nullptr},
      {"also with an extension", kMap, "user+x@other.com", nullptr},
      {"a chain: one step at a time", kMap, "alice@first.com", "alice@second.com"},
      {"the next", kMap, "alice@second.com", "alice@other.com"},
      {"with an extension", kMap, "alice+x@first.com", "alice+x@second.com"},
      {"two domains in a ring", kMap, "alice@ring-a.com", "alice@ring-b.com"},
      {"the way back", kMap, "alice@ring-b.com", "alice@ring-a.com"},
      {"one domain and one address", kMap, "carol@many.com", "carol@other.com,alice@test.com"},
      {"which gets no extension", kMap, "carol+x@many.com", "carol+x@other.com,alice@test.com"},
      {"a domain alias in the other form of its name", kMap, "any@xn--bcher-kva.example", "alice@test.com"},
      {"postmaster of it", kMap, "postmaster@other.com", "postmaster@test.com"},
      {"a dash is no extension here", kMap, "alice-x@other.com", "alice-x@test.com"},
      {"and comes along where it is", kMap, "alice-x@other.com", "alice-x@test.com", "lenient"},

      {"senders through a domain alias", kOwners, "alice@other.com", "Alice@test.com"},
      {"with an extension", kOwners, "alice+x@other.com", "Alice@test.com"},
      {"the catch-all at its end", kOwners, "nobody@other.com", "postmaster@test.com"},
      {"a mailbox of the domain itself", kOwners, "user@other.com", "user@other.com"},
      {"through a chain", kOwners, "alice@first.com", "Alice@test.com"},
      {"through an alias at its end", kOwners, "support@first.com", "postmaster@test.com"},
      {"in a ring nobody is found", kOwners, "alice@ring-a.com", nullptr},
      {"a quoted name", kOwners, "\".dot\"@first.com", ".dot@test.com"},
      {"one domain and one address", kOwners, "carol@many.com", "Alice@test.com,carol@test.com"},
  };
}

}  // namespace extmail::tests
