// SPDX-License-Identifier: MIT
#pragma once

#include "reply_fields.hpp"

/// Dovecot 2.4's words; included by dovecot.hpp.

namespace extmail::dovecot {

/// How extmail-authd is told who asks.
inline constexpr std::string_view kHostName = "dovecot-2.4";

inline constexpr FieldNames kFieldNames = FieldNames::Dovecot24;

/// imap, pop3, lmtp, doveadm, …; empty where the client named none.
inline std::string_view service_of(const auth_request& request) {
  return request.fields.protocol == nullptr ? std::string_view() : request.fields.protocol;
}

inline bool is_secured(const auth_request& request) {
  return request.fields.conn_secured != AUTH_REQUEST_CONN_SECURED_NONE;
}

// These two, and not e_info(), because they honour auth_verbose_passwords.
inline void log_unknown_user(auth_request* request) {
  auth_request_db_log_unknown_user(request);
}
inline void log_password_mismatch(auth_request* request) {
  auth_request_db_log_password_mismatch(request);
}

inline ::ostream* output_of(const auth_client_connection& client) {
  return client.conn.output;
}

/// Puts fields into Dovecot's reply, unless fields_import_all is off, and then what the administrator
/// configured with passdb_fields or userdb_fields, where `%{extmail:home}` is a field of ours. False when a
/// value there can't be expanded, which Dovecot has logged.
[[nodiscard]] inline bool set_passdb_fields(auth_request* request, const Fields& fields) {
  auth_fields* ours = auth_fields_init(request->pool);
  for (const Field& field : fields) {
    auth_fields_add(ours, field.name.c_str(), field.value.c_str(), static_cast<auth_field_flags>(0));
    if (request->passdb->set->fields_import_all) {
      auth_request_set_field(request, field.name.c_str(), field.value.c_str(), nullptr);
    }
  }
  return auth_request_set_passdb_fields(request, ours) == 0;
}
[[nodiscard]] inline bool set_userdb_fields(auth_request* request, const Fields& fields) {
  auth_fields* ours = auth_fields_init(request->pool);
  for (const Field& field : fields) {
    auth_fields_add(ours, field.name.c_str(), field.value.c_str(), static_cast<auth_field_flags>(0));
    if (request->userdb->set->fields_import_all) {
      auth_request_set_userdb_field(request, field.name.c_str(), field.value.c_str());
    }
  }
  return auth_request_set_userdb_fields(request, ours) == 0;
}

}  // namespace extmail::dovecot
