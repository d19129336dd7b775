// SPDX-License-Identifier: MIT
#include "reply_fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace extmail::dovecot {
namespace {

using Failure = std::string;  // empty: none
using wire::auth::UserData;

constexpr std::string_view kUserdbPrefix = "userdb_";
constexpr std::size_t kMaxNameBytes = 256;

// Passdb fields that make Dovecot accept any password, bring such fields with them, or turn the user whose
// password was verified into another one.
constexpr std::array<std::string_view, 9> kDangerousToLogin{
    "nopassword", "noauthenticate", "password", "password_noscheme", "passdb_import",
    "user",       "username",       "domain",   "login_user"};

// Userdb fields that set user or group in another way than by number, bring such fields with them, lower the
// bounds that Dovecot has for them, or turn the user into another one.
constexpr std::array<std::string_view, 11> kDangerousToUser{"userdb_import",
                                                            "uidgid_file",
                                                            "system_user",
                                                            "system_groups_user",
                                                            "mail_access_groups",
                                                            "mail_privileged_group",
                                                            "first_valid_uid",
                                                            "first_valid_gid",
                                                            "user",
                                                            "username",
                                                            "domain"};

constexpr std::array<std::string_view, 4> kIds{"uid", "gid", "mail_uid", "mail_gid"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A name goes through Dovecot's protocols as it is, where a tab or line feed would begin the next field.
bool is_plain(char c) {
  return c > ' ' && c <= '~' && c != '=';
}

/// Names of users and groups are not taken, because what they stand for is the system's to say.
bool is_id_of_a_mail_user(std::string_view value) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), id);
  return error == std::errc() && end == value.data() + value.size() && id != 0 &&
         id != std::numeric_limits<std::uint32_t>::max();
}

/// The bare name of what a field sets: without an instruction to Dovecot (`:default`, `:protected`,
/// `:remove`, `+`) and without the path that 2.4 allows before a setting.
std::string_view setting_of(std::string_view name) {
  name = name.substr(0, name.find(':'));
  if (const std::size_t slash = name.rfind('/'); slash != std::string_view::npos)
    name.remove_prefix(slash + 1);
  while (name.ends_with('+'))
    name.remove_suffix(1);
  return name;
}

/// Why an administrator's own field can't be handed on.
Failure fault_of(std::string_view name, std::string_view value) {
  const bool of_userdb = name.starts_with(kUserdbPrefix);
  const std::string_view in_reply = of_userdb ? name.substr(kUserdbPrefix.size()) : name;
  if (in_reply.empty() || name.size() > kMaxNameBytes || !std::all_of(name.begin(), name.end(), is_plain)) {
    return "a further field of this user has a name that is no field's";
  }
  const auto fault = [&](std::string_view what) {
    return "the further field " + std::string(name) + " of this user " + std::string(what);
  };
  if (value.find('\0') != std::string_view::npos) return fault("holds a zero byte");
  const std::string_view base = setting_of(in_reply);
  if (of_userdb) {
    if (base.starts_with(kUserdbPrefix) || contains(kDangerousToUser, base)) {
      return fault("is not allowed: it could make another user of them, or root");
    }
    if (contains(kIds, base) && (base != in_reply || !is_id_of_a_mail_user(value))) {
      return fault("must be a number above 0");
    }
  } else if (contains(kDangerousToLogin, base)) {
    return fault("is not allowed: it could let them, or another user, in without their password");
  }
  return {};
}

Failure fault_of_extra(const UserData& user) {
  for (const auto& [name, value] : user.extra) {
    if (Failure fault = fault_of(name, value); !fault.empty()) return fault;
  }
  return {};
}

/// Doubles colons, which part the options of a mail location in 2.3, so that a path is only ever a path:
/// domain administrators choose maildir names, and `:INDEX=…` in one must not reach Dovecot's parser.
std::string without_options(std::string_view path) {
  std::string text;
  text.reserve(path.size());
  for (const char c : path) {
    if (c == ':') text += ':';
    text += c;
  }
  return text;
}

/// Dovecot refuses the user when a limit does not fit its type. 0 is unlimited there too.
template <typename Max>
std::string limit(std::uint64_t value) {
  return std::to_string(std::min(value, static_cast<std::uint64_t>(std::numeric_limits<Max>::max())));
}

void add_mail_2_3(Fields& fields, const UserData& user, const std::string& prefix) {
  if (!user.home.empty()) fields.push_back({prefix + "home", user.home});
  if (!user.maildir.empty()) {
    fields.push_back({prefix + "mail", "maildir:" + without_options(user.maildir)});
  }
  if (user.quota_bytes || user.quota_messages) {
    std::string rule = "*";
    if (user.quota_bytes) rule += ":bytes=" + limit<std::int64_t>(*user.quota_bytes);
    if (user.quota_messages) rule += ":messages=" + limit<std::int64_t>(*user.quota_messages);
    fields.push_back({prefix + "quota_rule", std::move(rule)});
  }
}

void add_mail_2_4(Fields& fields, const UserData& user, const std::string& prefix) {
  if (!user.home.empty()) fields.push_back({prefix + "home", user.home});
  if (!user.maildir.empty()) {
    fields.push_back({prefix + "mail_driver", "maildir"});
    fields.push_back({prefix + "mail_path", user.maildir});
    // The same folder, whatever the configuration says for mailboxes elsewhere: Debian's has /var/mail.
    fields.push_back({prefix + "mail_inbox_path", "."});
  }
  if (user.quota_bytes) {
    fields.push_back({prefix + "quota_storage_size", limit<std::int64_t>(*user.quota_bytes) + "B"});
  }
  if (user.quota_messages) {
    // The type's greatest value is 2.4's mark for "not set".
    fields.push_back({prefix + "quota_message_count", limit<std::int32_t>(*user.quota_messages)});
  }
}

Failure add_user(Fields& fields, const UserData& user, FieldNames names, const std::string& prefix) {
  if (user.uid == 0 || user.gid == 0) return "uid or gid of this user is 0, which is no mail user's";
  fields.push_back({prefix + "uid", std::to_string(user.uid)});
  fields.push_back({prefix + "gid", std::to_string(user.gid)});
  if (names == FieldNames::Dovecot23) {
    add_mail_2_3(fields, user, prefix);
  } else {
    add_mail_2_4(fields, user, prefix);
  }
  return {};
}

struct Host {
  std::string_view name;
  std::string_view port;  // empty: Dovecot's own choice
};

/// Takes NAME, NAME:PORT, an IPv6 address, or [ADDRESS]:PORT apart.
std::optional<Host> parse_host(std::string_view text) {
  Host host{text, {}};
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host.name = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && (rest.front() != ':' || rest.size() == 1)) return std::nullopt;
    if (!rest.empty()) host.port = rest.substr(1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const std::size_t colon = text.find(':');
    host.name = text.substr(0, colon);
    host.port = text.substr(colon + 1);
    if (host.port.empty()) return std::nullopt;
  }
  std::uint16_t port = 1;
  if (!host.port.empty()) {
    const auto [end, error] = std::from_chars(host.port.data(), host.port.data() + host.port.size(), port);
    if (error != std::errc() || end != host.port.data() + host.port.size()) return std::nullopt;
  }
  if (port == 0 || host.name.empty() || !std::all_of(host.name.begin(), host.name.end(), is_plain)) {
    return std::nullopt;
  }
  return host;
}

}  // namespace

Answer<Fields> user_fields(const UserData& user, FieldNames names) {
  Fields fields;
  Failure failure = fault_of_extra(user);
  if (failure.empty()) failure = add_user(fields, user, names, {});
  if (!failure.empty()) return Answer<Fields>::permanent_failure(std::move(failure));

  for (const auto& [name, value] : user.extra) {
    if (name.starts_with(kUserdbPrefix)) fields.push_back({name.substr(kUserdbPrefix.size()), value});
  }
  return Answer<Fields>::found(std::move(fields));
}

Answer<Fields> login_fields(const UserData& user, FieldNames names) {
  Fields fields;
  const bool elsewhere = !user.mailhost.empty();
  Failure failure = fault_of_extra(user);
  if (failure.empty() && elsewhere) {
    if (const auto host = parse_host(user.mailhost)) {
      fields.push_back({"proxy", "y"});
      fields.push_back({"host", std::string(host->name)});
      if (!host->port.empty()) fields.push_back({"port", std::string(host->port)});
      fields.push_back({"destuser", user.user});
    } else {
      failure = "mailhost of this user is neither HOST nor HOST:PORT";
    }
  } else if (failure.empty()) {
    failure = add_user(fields, user, names, std::string(kUserdbPrefix));
  }
  if (!failure.empty()) return Answer<Fields>::permanent_failure(std::move(failure));

  for (const auto& [name, value] : user.extra) {
    if (!elsewhere || !name.starts_with(kUserdbPrefix)) fields.push_back({name, value});
  }
  return Answer<Fields>::found(std::move(fields));
}

}  // namespace extmail::dovecot
