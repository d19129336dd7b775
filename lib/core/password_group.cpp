// SPDX-License-Identifier: MIT
#include "core/password_group.hpp"

#include "core/password/md5_crypt.hpp"
#include "core/password/scheme.hpp"

#include <optional>

namespace extmail {
namespace {

using password::Form;
using password::Md5CryptCheck;
using password::StoredValue;

static_assert(kMaxPasswordsTogether == password::kMd5Lanes);

/// Fewer take no longer one by one.
constexpr std::size_t kWorthwhile = 4;

/// What is checked has views of the stored value.
std::optional<Md5CryptCheck> check_of(const PasswordToCheck& password,
                                      const std::optional<StoredValue>& value) {
  if (!value || value->form != Form::Crypt) return std::nullopt;
  return password::read_md5_crypt(password.password, value->bytes.view());
}

std::vector<PasswordCheck> check_one_by_one(const std::vector<PasswordToCheck>& passwords) {
  std::vector<PasswordCheck> results;
  results.reserve(passwords.size());
  for (const PasswordToCheck& each : passwords)
    results.push_back(check_password(each.password, each.stored, each.default_scheme));
  return results;
}

}  // namespace

bool can_be_checked_together(const PasswordToCheck& password) {
  return check_of(password, password::read_stored(password.stored, password.default_scheme)).has_value();
}

std::vector<PasswordCheck> check_together(const std::vector<PasswordToCheck>& passwords) {
  if (passwords.size() < kWorthwhile || passwords.size() > kMaxPasswordsTogether)
    return check_one_by_one(passwords);
  std::vector<std::optional<StoredValue>> values;
  std::vector<Md5CryptCheck> checks;
  values.reserve(passwords.size());
  checks.reserve(passwords.size());
  for (const PasswordToCheck& each : passwords) {
    values.push_back(password::read_stored(each.stored, each.default_scheme));
    const auto check = check_of(each, values.back());
    if (!check) return check_one_by_one(passwords);
    checks.push_back(*check);
  }
  std::vector<PasswordCheck> results;
  results.reserve(passwords.size());
  for (const bool is_right : password::check_md5_crypt(checks))
    results.push_back(is_right ? PasswordCheck::Match : PasswordCheck::Mismatch);
  return results;
}

}  // namespace extmail
