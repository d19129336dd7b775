// SPDX-License-Identifier: MIT
//
// What Dovecot looks up by name when it loads libauthdb_extmail.so for `driver = extmail`; nothing else is
// exported (exports.map).

#include "databases.hpp"
#include "dovecot.hpp"

using extmail::dovecot::passdb_interface;
using extmail::dovecot::userdb_interface;

extern "C" {

// With this a Dovecot of another ABI refuses the plugin with a message, instead of calling it and crashing.
// NOLINTBEGIN(readability-identifier-naming): the name that Dovecot looks for
[[gnu::visibility("default")]] extern const char* const authdb_extmail_version;
const char* const authdb_extmail_version = DOVECOT_ABI_VERSION;
// NOLINTEND(readability-identifier-naming)

[[gnu::visibility("default")]] void authdb_extmail_init(module* /*self*/) {
  passdb_register_module(&passdb_interface);
  userdb_register_module(&userdb_interface);
}

[[gnu::visibility("default")]] void authdb_extmail_deinit() {
  userdb_unregister_module(&userdb_interface);
  passdb_unregister_module(&passdb_interface);
}

}  // extern "C"
