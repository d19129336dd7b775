// SPDX-License-Identifier: MIT
#pragma once

/// The only place that includes Dovecot's headers, and the only one that knows which Dovecot this is: what
/// 2.3 and 2.4 word differently has one name in dovecot_2_3.hpp and dovecot_2_4.hpp, so that the rest of the
/// plugin reads the same for both. meson.build defines EXTMAIL_DOVECOT, 203 or 204.
///
/// Dovecot's structs (event, io, module, timeout, …) are global names, and its headers define macros such
/// as e_error() and timeout_add(): include this in .cpp files only.

#include <string_view>

extern "C" {
#include <auth-common.h>
// Its typedefs must be known to auth.h.
#include <auth-request.h>
#include <auth.h>
// After those: none of them includes what it needs.
#include <auth-client-connection.h>
#include <auth-request-handler.h>
// The next one needs it.
#include <auth-request-handler-private.h>
#include <ioloop.h>
#include <module-dir.h>
#include <net.h>
#include <ostream.h>
#include <passdb.h>
#include <str-sanitize.h>
#include <userdb.h>
#if EXTMAIL_DOVECOT == 204
#include <auth-fields.h>
#include <auth-settings.h>
#include <settings-parser.h>
#include <settings.h>
#endif
}

#if EXTMAIL_DOVECOT == 203
#include "dovecot_2_3.hpp"
#elif EXTMAIL_DOVECOT == 204
#include "dovecot_2_4.hpp"
#else
#error "EXTMAIL_DOVECOT is set by meson.build"
#endif

namespace extmail::dovecot {

/// An earlier passdb with result_success = continue has verified the password, which may be a master user's.
inline bool is_password_verified(const auth_request& request) {
  return request.fields.skip_password_check;
}

/// Where Dovecot writes its answer to this request; null where that is not a client's connection, or the client is gone.
inline ::ostream* client_output(const auth_request& request) {
  const auth_request_handler* handler = request.handler;
  if (handler == nullptr || handler->destroyed || handler->conn == nullptr) return nullptr;
  return output_of(*handler->conn);
}

/// The form of a password that Dovecot asks for, such as CRAM-MD5; empty when any answer will do.
inline std::string_view wanted_scheme_of(const auth_request& request) {
  return request.wanted_credentials_scheme == nullptr ? std::string_view()
                                                      : request.wanted_credentials_scheme;
}

}  // namespace extmail::dovecot
