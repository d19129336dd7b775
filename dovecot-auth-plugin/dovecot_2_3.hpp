// SPDX-License-Identifier: MIT
#pragma once

#include "reply_fields.hpp"

/// Dovecot 2.3's words; included by dovecot.hpp.

namespace extmail::dovecot {

/// How extmail-authd is told who asks.
inline constexpr std::string_view kHostName = "dovecot-2.3";

inline constexpr FieldNames kFieldNames = FieldNames::Dovecot23;

/// imap, pop3, lmtp, doveadm, …; empty where the client named none.
inline std::string_view service_of(const auth_request& request) {
  return request.fields.service == nullptr ? std::string_view() : request.fields.service;
}

inline bool is_secured(const auth_request& request) {
  return request.fields.secured != AUTH_REQUEST_SECURED_NONE;
}

// These two, and not e_info(), because they honour auth_verbose_passwords.
inline void log_unknown_user(auth_request* request) {
  auth_request_log_unknown_user(request, AUTH_SUBSYS_DB);
}
inline void log_password_mismatch(auth_request* request) {
  auth_request_log_password_mismatch(request, AUTH_SUBSYS_DB);
}

inline ::ostream* output_of(const auth_client_connection& client) {
  return client.output;
}

/// Puts fields into Dovecot's reply. Dovecot itself adds what the administrator configured (default_fields,
/// override_fields).
[[nodiscard]] inline bool set_passdb_fields(auth_request* request, const Fields& fields) {
  for (const Field& field : fields) {
    auth_request_set_field(request, field.name.c_str(), field.value.c_str(), nullptr);
  }
  return true;
}
[[nodiscard]] inline bool set_userdb_fields(auth_request* request, const Fields& fields) {
  for (const Field& field : fields) {
    auth_request_set_userdb_field(request, field.name.c_str(), field.value.c_str());
  }
  return true;
}

}  // namespace extmail::dovecot
