// SPDX-License-Identifier: MIT
#pragma once

#include "wire/auth_protocol.hpp"

#include <string>

struct auth_request;

namespace extmail::dovecot {

/// Puts a request of Dovecot's into a question for extmail-authd: user, service, remote address, secured. A
/// password is the caller's to add.
[[nodiscard]] wire::auth::Request question_about(const auth_request& request, wire::auth::Verb verb);

/// The reason in a reply, as it may stand in a log or be shown to the user: printable, bounded, never empty.
[[nodiscard]] std::string printable_reason(const wire::auth::Reply& reply);

/// Logs an error for a request that ends as an internal failure.
void log_failure(const auth_request& request, const std::string& reason);

}  // namespace extmail::dovecot
