// SPDX-License-Identifier: MIT
#include "authd/password_change_settings.hpp"

#include "authd/user_names.hpp"

#include <cstdint>
#include <utility>

namespace extmail::authd {
namespace {

/// A bcrypt password has no more than 72 bytes, and none should be impossible.
constexpr std::int64_t kMaxMinCharacters = 64;

NewHash read_scheme(daemon::ConfigFile::Table& change) {
  const std::string scheme = change.choice("scheme", {"sha512-crypt", "bcrypt", "yescrypt"}, "sha512-crypt");
  if (scheme == "bcrypt") return NewHash::Bcrypt;
  if (scheme == "yescrypt") return NewHash::Yescrypt;
  return NewHash::Sha512Crypt;
}

}  // namespace

std::optional<NewPasswordRules> read_password_change(daemon::ConfigFile::Table& authd, PeerRights& rights) {
  auto change = authd.optional_table("password_change");
  if (!change) return std::nullopt;
  // All keys are read, so that faults are found before it is switched on.
  const bool is_enabled = change->flag("enabled", false);
  NewPasswordRules rules;
  rules.hash = read_scheme(*change);
  rules.min_characters = static_cast<std::size_t>(
      change->integer("min_length", static_cast<std::int64_t>(rules.min_characters), 1, kMaxMinCharacters));
  rules.keeps_clear = change->choice("clearpwd", {"replace", "erase"}, "replace") == "replace";
  auto changes = read_users(*change, "users", {"root"});
  auto resets = read_users(*change, "reset_users", {});
  if (!is_enabled) return std::nullopt;
  rights.password_changes = std::move(changes);
  rights.password_resets = std::move(resets);
  return rules;
}

}  // namespace extmail::authd
