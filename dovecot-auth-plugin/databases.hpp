// SPDX-License-Identifier: MIT
#pragma once

struct passdb_module_interface;
struct userdb_module_interface;

namespace extmail::dovecot {

/// The two tables of functions that Dovecot calls for `driver = extmail`.
extern passdb_module_interface passdb_interface;
extern userdb_module_interface userdb_interface;

}  // namespace extmail::dovecot
