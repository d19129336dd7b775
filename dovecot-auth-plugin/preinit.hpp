// SPDX-License-Identifier: MIT
#pragma once

#include "dovecot.hpp"
#include "guard.hpp"
#include "module.hpp"
#include "settings.hpp"
#if EXTMAIL_DOVECOT == 204
#include "settings_2_4.hpp"
#endif

namespace extmail::dovecot {

/// The preinit() of passdb_module_interface and userdb_module_interface, which makes a configured passdb or
/// userdb. HostModule is passdb_module or userdb_module, kind what to call it. Wrong settings end the process
/// with a message.
#if EXTMAIL_DOVECOT == 203
template <typename HostModule, const char* kind>
HostModule* preinit(pool_t pool, const char* args) {
  return guarded([&] {
    const auto settings = parse_settings(args);
    if (!settings.is_found()) i_fatal("%s extmail: args: %s", kind, settings.reason().c_str());
    return Module<HostModule>::create(pool, settings.value());
  });
}
#else
template <typename HostModule, const char* kind>
int preinit(pool_t pool, event* event, HostModule** module_r, const char** error_r) {
  return guarded([&] {
    const auto settings = read_settings(event);
    if (!settings.is_found()) {
      *error_r = t_strdup(settings.reason().c_str());
      return -1;
    }
    *module_r = Module<HostModule>::create(pool, settings.value());
    return 0;
  });
}
#endif

}  // namespace extmail::dovecot
