// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "wire/auth_protocol.hpp"

#include <string>
#include <vector>

namespace extmail::dovecot {

/// A field of Dovecot's passdb or userdb reply.
struct Field {
  std::string name;
  std::string value;
};
using Fields = std::vector<Field>;

/// Dovecot ignores a field it does not know, so that the names of the other version would leave a user
/// without quota.
enum class FieldNames {
  Dovecot23,  ///< mail, quota_rule
  Dovecot24,  ///< mail_driver, mail_path and mail_inbox_path, quota_storage_size, quota_message_count
};

/// What a userdb says: uid, gid, home, mail, quota, then the administrator's own fields that begin with
/// `userdb_`, without that, so that they win.
///
/// Errors: a permanent failure for uid or gid 0, which is root's or a missing field and no mail user's, and
/// for a field of the administrator's that could bring it about (uid=0, uidgid_file, userdb_import, …) or
/// names another user.
[[nodiscard]] Answer<Fields> user_fields(const wire::auth::UserData& user, FieldNames names);

/// What a passdb says. For a user whose mail is on another host: proxy, host, port if it was given as
/// HOST:PORT, and destuser; for others all of user_fields() with the prefix `userdb_`, for a userdb prefetch.
/// The administrator's own fields come last, so that they win.
///
/// Errors: those of user_fields(), and a permanent failure for a field that would let anybody in without the
/// password (nopassword, noauthenticate, passdb_import, …), and for a mailhost that is none.
[[nodiscard]] Answer<Fields> login_fields(const wire::auth::UserData& user, FieldNames names);

}  // namespace extmail::dovecot
