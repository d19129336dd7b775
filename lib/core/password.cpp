// SPDX-License-Identifier: MIT
#include "core/password.hpp"

#include "core/address.hpp"
#include "core/crypt_cost.hpp"

#include <memory>
#include <string>

#include <crypt.h>

namespace extmail {
namespace {

static_assert(kMaxPasswordBytes + 1 == CRYPT_MAX_PASSPHRASE_SIZE);

struct Scheme {
  std::string_view name;  ///< without braces; empty for a bare hash
  std::string_view rest;
};

Scheme split_scheme(std::string_view stored) {
  const std::size_t close = stored.find('}');
  if (stored.empty() || stored.front() != '{' || close == std::string_view::npos) return {{}, stored};
  return {stored.substr(1, close - 1), stored.substr(close + 1)};
}

bool is_plain(std::string_view scheme) {
  return same_key(scheme, "PLAIN") || same_key(scheme, "CLEARTEXT");
}

bool is_crypt(const Scheme& scheme) {
  return same_key(scheme.name, "CRYPT") || (scheme.name.empty() && scheme.rest.substr(0, 1) == "$");
}

struct WipeCryptData {
  void operator()(crypt_data* data) const {
    wipe(data, sizeof *data);
    delete data;
  }
};

PasswordCheck check_crypt(std::string_view password, std::string_view hash) {
  // The library reads C strings: a zero byte would cut the password or the hash short.
  if (password.find('\0') != std::string_view::npos) return PasswordCheck::Mismatch;
  if (hash.find('\0') != std::string_view::npos) return PasswordCheck::Unusable;
  if (is_too_costly(hash)) return PasswordCheck::Unusable;
  // 32 kB, too much for the small stacks of worker threads.
  const std::unique_ptr<crypt_data, WipeCryptData> data(new crypt_data{});
  const Secret setting(hash);
  const Secret phrase(password);
  const char* computed = crypt_rn(phrase.c_str(), setting.c_str(), data.get(), sizeof *data);
  if (computed == nullptr) return PasswordCheck::Unusable;
  // A truncated hash is still a valid setting, but nothing can equal it: the row is damaged, not the password
  // wrong.
  const std::string_view result(computed);
  if (result.size() != hash.size()) return PasswordCheck::Unusable;
  return constant_time_equal(result, hash) ? PasswordCheck::Match : PasswordCheck::Mismatch;
}

}  // namespace

PasswordCheck check_password(std::string_view password, std::string_view stored) {
  const Scheme scheme = split_scheme(stored);
  const bool plain = is_plain(scheme.name);
  const bool crypt = is_crypt(scheme);
  if (scheme.rest.empty() || (!plain && !crypt)) return PasswordCheck::Unusable;
  if (password.empty() || password.size() > kMaxPasswordBytes) return PasswordCheck::Mismatch;
  if (crypt) return check_crypt(password, scheme.rest);
  return constant_time_equal(password, scheme.rest) ? PasswordCheck::Match : PasswordCheck::Mismatch;
}

DecoyHash::DecoyHash() : hash_("$1$nobody00$KZlbxvCDNlHole9Bd9t4R0") {}

void DecoyHash::resemble(std::string_view stored) {
  const Scheme scheme = split_scheme(stored);
  if (!is_crypt(scheme) || is_too_costly(scheme.rest)) return;
  const std::lock_guard lock(mutex_);
  hash_ = Secret(stored);
}

void DecoyHash::check(std::string_view password) const {
  Secret hash;
  {
    const std::lock_guard lock(mutex_);
    hash = hash_.clone();
  }
  (void)check_password(password, hash.view());
}

std::string_view clear_text(std::string_view stored) {
  const Scheme scheme = split_scheme(stored);
  return is_plain(scheme.name) ? scheme.rest : std::string_view();
}

}  // namespace extmail
