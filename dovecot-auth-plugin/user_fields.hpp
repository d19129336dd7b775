// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "wire/auth_protocol.hpp"

#include <string>
#include <vector>

namespace extmail::dovecot {

/// A userdb field, as Dovecot's mail processes read it.
struct UserField {
  const char* name;
  std::string value;
};

/// Words user data in the field names of Dovecot 2.3: uid, gid, home, mail, quota_rule. Dovecot ignores a
/// name it does not know, which leaves the user without quota: one with other names needs a list of its own.
///
/// Errors: a permanent failure for uid or gid 0, which is root's or a missing field and no mail user's.
[[nodiscard]] Answer<std::vector<UserField>> user_fields(const wire::auth::UserData& user);

}  // namespace extmail::dovecot
