// SPDX-License-Identifier: MIT
#pragma once

/// The only place that includes Dovecot's headers, and the only one that knows which Dovecot this is. What
/// another version words differently (2.4: fields.protocol, conn_secured, auth_request_db_log_*()) gets its
/// name here, so that the rest of the plugin reads the same for all of them.
///
/// Dovecot's structs (event, io, module, timeout, …) are global names, and its headers define macros such as
/// e_error() and timeout_add(): include this in .cpp files only.

#include <string_view>

extern "C" {
#include <auth-common.h>
#include <auth-request.h>
#include <ioloop.h>
#include <module-dir.h>
#include <net.h>
#include <passdb.h>
#include <str-sanitize.h>
#include <userdb.h>
}

namespace extmail::dovecot {

/// How extmail-authd is told who asks.
inline constexpr std::string_view kHostName = "dovecot-2.3";

/// imap, pop3, lmtp, doveadm, …; empty where the client named none.
inline std::string_view service_of(const auth_request& request) {
  return request.fields.service == nullptr ? std::string_view() : request.fields.service;
}

inline bool is_secured(const auth_request& request) {
  return request.fields.secured != AUTH_REQUEST_SECURED_NONE;
}

/// An earlier passdb with result_success = continue has verified the password, which may be a master user's.
inline bool is_password_verified(const auth_request& request) {
  return request.fields.skip_password_check;
}

// These two, and not e_info(), because they honour auth_verbose_passwords.
inline void log_unknown_user(auth_request* request) {
  auth_request_log_unknown_user(request, AUTH_SUBSYS_DB);
}
inline void log_password_mismatch(auth_request* request) {
  auth_request_log_password_mismatch(request, AUTH_SUBSYS_DB);
}

}  // namespace extmail::dovecot
