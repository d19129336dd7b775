// SPDX-License-Identifier: MIT
#include "authd/new_password.hpp"

#include "core/printable.hpp"

#include <algorithm>

namespace extmail::authd {
namespace {

/// mailbox.clearpwd is a varchar(128), in sql/extmail.sql as in ExtMail's own schema. That counts characters, but a copy is
/// ASCII.
constexpr std::size_t kMaxClearBytes = 128;

std::size_t max_bytes(NewHash hash) {
  return hash == NewHash::Bcrypt ? kMaxBcryptPasswordBytes : kMaxPasswordBytes;
}

}  // namespace

std::string fault_of_new_password(std::string_view password, std::string_view old,
                                  const NewPasswordRules& rules) {
  // First what is quick to find out, so that no length makes the rest slow.
  if (const std::size_t most = max_bytes(rules.hash); password.size() > most)
    return "the new password is longer than " + std::to_string(most) + " bytes";
  const auto characters = count_printable(password);
  if (!characters) return "the new password has control characters, or is no UTF-8";
  if (password.empty() || *characters < rules.min_characters)
    return "the new password has fewer than " + std::to_string(rules.min_characters) + " characters";
  if (constant_time_equal(password, old)) return "the new password is the old one";
  return {};
}

Secret clear_copy(std::string_view password, const NewPasswordRules& rules) {
  const bool is_ascii = std::all_of(password.begin(), password.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!rules.keeps_clear || !is_ascii || password.size() > kMaxClearBytes) return {};
  return Secret(password);
}

}  // namespace extmail::authd
