// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "settings.hpp"

struct event;
struct setting_parser_info;

namespace extmail::dovecot {

/// How Dovecot 2.4 reads extmail_socket_path and extmail_timeout. The plugin and libextmail_settings.so, by
/// which Dovecot's configuration learns these names, are built with the same description.
extern const setting_parser_info settings_info;

/// The settings that hold for a passdb or userdb: those in its block, or else those at top level.
///
/// Errors: a permanent failure with Dovecot's message, or one that names the setting which is out of bounds.
[[nodiscard]] Answer<Settings> read_settings(event* event);

}  // namespace extmail::dovecot
