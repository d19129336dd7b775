// SPDX-License-Identifier: MIT
#include "core/password/argon2.hpp"

#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>

#include <sodium.h>

namespace extmail::password {
namespace {

bool skip(std::string_view& text, std::string_view expected) {
  if (text.substr(0, expected.size()) != expected) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::optional<std::uint64_t> read_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// Reads the costs in the one order in which libsodium does, so that both see the same ones.
bool is_affordable(std::string_view parameters) {
  if (!skip(parameters, "v=19$m=")) return false;
  const auto kib = read_number(parameters);
  if (!kib || !skip(parameters, ",t=")) return false;
  const auto passes = read_number(parameters);
  if (!passes || !skip(parameters, ",p=")) return false;
  return *kib <= kMaxArgon2Kib && *passes <= kMaxArgon2Work && *kib * *passes <= kMaxArgon2Work;
}

using Verify = int (*)(const char*, const char*, unsigned long long);

Verify find_kind(std::string_view& text) {
  if (skip(text, "$argon2id$")) return crypto_pwhash_argon2id_str_verify;
  if (skip(text, "$argon2i$")) return crypto_pwhash_argon2i_str_verify;
  return nullptr;
}

}  // namespace

bool is_affordable_argon2(std::string_view hash) {
  return find_kind(hash) != nullptr && is_affordable(hash);
}

PasswordCheck check_argon2(std::string_view password, const Secret& hash) {
  // Chooses what the processor can do best.
  static const bool ready = sodium_init() >= 0;
  std::string_view parameters = hash.view();
  const Verify verify = find_kind(parameters);
  const bool cut_short = parameters.find('\0') != std::string_view::npos;  // for a C string
  if (!ready || verify == nullptr || cut_short || !is_affordable(parameters)) return PasswordCheck::Unusable;
  // The library tells a wrong password from a damaged hash by errno only.
  errno = 0;
  if (verify(hash.c_str(), password.data(), password.size()) == 0) return PasswordCheck::Match;
  return errno == EINVAL ? PasswordCheck::Mismatch : PasswordCheck::Unusable;
}

}  // namespace extmail::password
