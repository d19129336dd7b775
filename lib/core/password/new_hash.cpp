// SPDX-License-Identifier: MIT
//
// New hashes, and which of the stored ones they should replace.
#include "core/password.hpp"
#include "core/password/crypt.hpp"
#include "core/password/crypt_cost.hpp"
#include "core/password/pbkdf2.hpp"
#include "core/password/scheme.hpp"

namespace extmail {
namespace {

using password::Form;

struct Method {
  const char* prefix;
  unsigned long cost;
};

Method method_of(NewHash kind) {
  switch (kind) {
    case NewHash::Bcrypt:
      return {"$2y$", password::kNewBcryptCost};
    case NewHash::Yescrypt:
      return {"$y$", password::kNewYescryptCost};
    default:
      return {"$6$", password::kNewSha512Rounds};
  }
}

bool is_weak_pbkdf2(std::string_view text) {
  const auto hash = password::read_pbkdf2(text);
  return hash && static_cast<unsigned long>(hash->rounds) < password::kEnoughSha1Rounds;
}

}  // namespace

std::optional<Secret> hash_password(std::string_view password, NewHash kind) {
  const std::size_t most = kind == NewHash::Bcrypt ? kMaxBcryptPasswordBytes : kMaxPasswordBytes;
  if (password.empty() || password.size() > most) return std::nullopt;
  const auto [prefix, cost] = method_of(kind);
  const auto hash = password::make_crypt(password, prefix, cost);
  if (!hash) return std::nullopt;
  Secret stored;
  stored.reserve(password::kMaxStoredBytes);
  stored.append("{CRYPT}");
  stored.append(hash->view());
  return stored;
}

bool is_weak(std::string_view stored, std::string_view default_scheme) {
  const auto value = password::read_stored(stored, default_scheme);
  if (!value) return false;
  switch (value->form) {
    case Form::Clear:
    case Form::Digest:
    case Form::SaltedDigest:
      return true;
    case Form::Crypt:
      return password::is_cheap(value->bytes.view());
    case Form::Pbkdf2:
      return is_weak_pbkdf2(value->bytes.view());
    default:
      return false;
  }
}

bool is_ambiguous(std::string_view password, std::string_view stored, std::string_view default_scheme) {
  const auto value = password::read_stored(stored, default_scheme);
  return value && value->form == Form::Crypt && password::is_ambiguous_crypt(password, value->bytes.view());
}

}  // namespace extmail
