// SPDX-License-Identifier: MIT
#include "core/password.hpp"

#include "core/password/argon2.hpp"
#include "core/password/cram_md5.hpp"
#include "core/password/crypt.hpp"
#include "core/password/digest.hpp"
#include "core/password/pbkdf2.hpp"
#include "core/password/scheme.hpp"
#include "core/password/scram.hpp"

#include <utility>

namespace extmail {
namespace {

using password::Digest;
using password::Form;
using password::StoredValue;

PasswordCheck check_digest(std::string_view text, const StoredValue& value) {
  const std::size_t length = password::bytes_of(value.digest);
  const std::string_view digest = value.bytes.view().substr(0, length);
  const std::string_view salt = value.bytes.view().substr(length);
  password::WipedBytes<password::kMaxDigestBytes> computed;
  if (!password::compute_digest(value.digest, text, salt, computed)) return PasswordCheck::Unusable;
  return constant_time_equal(computed.view(length), digest) ? PasswordCheck::Match : PasswordCheck::Mismatch;
}

PasswordCheck check_value(std::string_view text, const StoredValue& value) {
  switch (value.form) {
    case Form::Crypt:
      return password::check_crypt(text, value.bytes);
    case Form::Clear:
      return constant_time_equal(text, value.bytes.view()) ? PasswordCheck::Match : PasswordCheck::Mismatch;
    case Form::Digest:
    case Form::SaltedDigest:
      return check_digest(text, value);
    case Form::Argon2:
      return password::check_argon2(text, value.bytes);
    case Form::CramMd5:
      return password::check_cram_md5(text, value.bytes.view());
    case Form::Pbkdf2:
      if (const auto hash = password::read_pbkdf2(value.bytes.view()))
        return password::check_pbkdf2(text, *hash);
      return PasswordCheck::Unusable;
    case Form::Scram:
      if (const auto verifier = password::read_scram(value.bytes.view(), value.digest))
        return password::check_scram(text, *verifier, value.digest);
      return PasswordCheck::Unusable;
    default:
      return PasswordCheck::Unusable;
  }
}

std::optional<std::string_view> challenge_of(const StoredValue& value) {
  switch (value.form) {
    case Form::CramMd5:
      return "CRAM-MD5";
    case Form::DigestMd5:
      return "DIGEST-MD5";
    case Form::Scram:
      if (!password::read_scram(value.bytes.view(), value.digest)) return std::nullopt;
      return value.digest == Digest::Sha1 ? "SCRAM-SHA-1" : "SCRAM-SHA-256";
    default:
      return std::nullopt;
  }
}

}  // namespace

PasswordCheck check_password(std::string_view password, std::string_view stored,
                             std::string_view default_scheme) {
  const auto value = password::read_stored(stored, default_scheme);
  if (!value) return PasswordCheck::Unusable;
  if (password.empty() || password.size() > kMaxPasswordBytes) return PasswordCheck::Mismatch;
  return check_value(password, *value);
}

Secret clear_text(std::string_view stored, std::string_view default_scheme) {
  auto value = password::read_stored(stored, default_scheme);
  return value && value->form == Form::Clear ? std::move(value->bytes) : Secret();
}

bool is_known_scheme(std::string_view name) {
  return password::is_scheme(name);
}

std::optional<std::string_view> challenge_scheme(std::string_view stored) {
  const auto value = password::read_stored(stored, kDefaultScheme);
  return value && value->named ? challenge_of(*value) : std::nullopt;
}

bool is_quick(std::string_view stored, std::string_view default_scheme) {
  const auto value = password::read_stored(stored, default_scheme);
  if (!value) return true;
  switch (value->form) {
    case Form::Crypt:
    case Form::Pbkdf2:
    case Form::Argon2:
    case Form::Scram:
      return false;
    default:
      return true;
  }
}

}  // namespace extmail
