// SPDX-License-Identifier: MIT
#include "core/password.hpp"
#include "core/password/argon2.hpp"
#include "core/password/crypt_cost.hpp"
#include "core/password/pbkdf2.hpp"
#include "core/password/scheme.hpp"
#include "core/password/scram.hpp"

#include <utility>

namespace extmail {
namespace {

using password::Form;
using password::StoredValue;

/// Whether a check would get as far as computing something.
bool can_be_checked(const StoredValue& value) {
  switch (value.form) {
    case Form::Crypt:
      return !password::is_too_costly(value.bytes.view());
    case Form::Argon2:
      return password::is_affordable_argon2(value.bytes.view());
    case Form::Pbkdf2:
      return password::read_pbkdf2(value.bytes.view()).has_value();
    case Form::Scram:
      return password::read_scram(value.bytes.view(), value.digest).has_value();
    case Form::DigestMd5:
      return false;
    default:
      return true;
  }
}

std::string_view scheme_of(const StoredValue& value, std::string_view default_scheme) {
  if (value.form == Form::Crypt) return "CRYPT";
  return value.form == Form::Argon2 ? "ARGON2ID" : default_scheme;
}

Secret with_scheme(std::string_view scheme, std::string_view stored) {
  Secret text;
  text.reserve(scheme.size() + stored.size() + 2);
  text.append("{");
  text.append(scheme);
  text.append("}");
  text.append(stored);
  return text;
}

}  // namespace

DecoyHash::DecoyHash() : hash_("$1$nobody00$KZlbxvCDNlHole9Bd9t4R0") {}

void DecoyHash::resemble(std::string_view stored, std::string_view default_scheme) {
  const auto value = password::read_stored(stored, default_scheme);
  if (!value || !can_be_checked(*value)) return;
  Secret alike;
  if (value->form == Form::Clear) {
    alike = Secret("{PLAIN}nobody");
  } else {
    alike = value->named ? Secret(stored) : with_scheme(scheme_of(*value, default_scheme), stored);
  }
  if (alike.view().size() > password::kMaxStoredBytes) return;
  const std::lock_guard lock(mutex_);
  hash_ = std::move(alike);
}

bool DecoyHash::is_quick() const {
  return extmail::is_quick(hash().view());
}

Secret DecoyHash::hash() const {
  const std::lock_guard lock(mutex_);
  return hash_.clone();
}

}  // namespace extmail
