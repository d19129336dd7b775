// SPDX-License-Identifier: MIT
#include "user_fields.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

namespace extmail::dovecot {
namespace {

/// Doubles colons, which part the options of a mail location, so that a path is only ever a path: domain
/// administrators choose maildir names, and `:INDEX=…` in one must not reach Dovecot's parser.
std::string without_options(std::string_view path) {
  std::string text;
  text.reserve(path.size());
  for (const char c : path) {
    if (c == ':') text += ':';
    text += c;
  }
  return text;
}

/// Dovecot reads limits as signed numbers and refuses the user when one does not fit. 0 is unlimited there
/// too.
std::string limit(std::uint64_t value) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  return std::to_string(std::min(value, kMax));
}

}  // namespace

Answer<std::vector<UserField>> user_fields(const wire::auth::UserData& user) {
  using Fields = Answer<std::vector<UserField>>;
  if (user.uid == 0 || user.gid == 0) {
    return Fields::permanent_failure("uid or gid of this user is 0, which is no mail user's");
  }

  std::vector<UserField> fields;
  fields.push_back({"uid", std::to_string(user.uid)});
  fields.push_back({"gid", std::to_string(user.gid)});
  if (!user.home.empty()) fields.push_back({"home", user.home});
  if (!user.maildir.empty()) fields.push_back({"mail", "maildir:" + without_options(user.maildir)});
  if (user.quota_bytes || user.quota_messages) {
    std::string rule = "*";
    if (user.quota_bytes) rule += ":bytes=" + limit(*user.quota_bytes);
    if (user.quota_messages) rule += ":messages=" + limit(*user.quota_messages);
    fields.push_back({"quota_rule", std::move(rule)});
  }
  return Fields::found(std::move(fields));
}

}  // namespace extmail::dovecot
