// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "wire/auth_protocol.hpp"

#include <string_view>

namespace extmail::authd {

/// The lines that tell who logged in, who was refused, and why: doc/events.md. fail2ban reads them (deploy/fail2ban).
///
/// A line has user, service and the client's address, then the reason; never a password.

/// How a login ended, and by which app password, if it was one.
void log_login(Log& log, const wire::auth::Request& request, const wire::auth::Reply& reply,
               std::string_view app_password = {});
/// How a change of password ended. Guesses at the old one are logged as those at a login are; is_reset: nobody gave one.
void log_password_change(Log& log, const wire::auth::Request& request, const wire::auth::Reply& reply,
                         bool is_reset);
void log_throttled(Log& log, const wire::auth::Request& request, std::string_view reason);

/// How a request for credentials ended that a challenge is answered with.
void log_credentials(Log& log, const wire::auth::Request& request, const wire::auth::Reply& reply);

/// A row that can't be used, whoever asked for it.
void log_unusable(Log& log, const wire::auth::Request& request, std::string_view reason);

}  // namespace extmail::authd
