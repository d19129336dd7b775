// SPDX-License-Identifier: MIT
//
// libextmail_settings.so, from which Dovecot 2.4's configuration learns our settings. It finds the two
// variables by name; nothing else is exported (settings_exports.map).

#include "dovecot.hpp"
#include "settings_2_4.hpp"

extern "C" {

// NOLINTBEGIN(readability-identifier-naming): the names that Dovecot looks for
[[gnu::visibility("default")]] extern const char* const extmail_settings_version;
const char* const extmail_settings_version = DOVECOT_ABI_VERSION;

[[gnu::visibility("default")]] extern const setting_parser_info* const extmail_settings_set_infos[];
const setting_parser_info* const extmail_settings_set_infos[] = {&extmail::dovecot::settings_info, nullptr};
// NOLINTEND(readability-identifier-naming)

}  // extern "C"
