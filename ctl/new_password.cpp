// SPDX-License-Identifier: MIT
#include "ctl/new_password.hpp"

#include "core/address.hpp"
#include "core/password.hpp"
#include "ctl/password_input.hpp"
#include "ctl/password_strength.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <string_view>
#include <utility>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxColumnBytes = 255;

NewHash kind_of(const std::string& scheme) {
  if (scheme == "bcrypt") return NewHash::Bcrypt;
  if (scheme == "yescrypt") return NewHash::Yescrypt;
  return NewHash::Sha512Crypt;
}

/// The name in braces that a stored value begins with, in capitals; empty without one.
std::string scheme_name(std::string_view stored) {
  const std::size_t end = stored.find('}');
  if (!stored.starts_with('{') || end == std::string_view::npos) return {};
  std::string name(stored.substr(1, end - 1));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return name;
}

void check_hash(const std::string& hash, bool is_forced) {
  if (hash.size() > kMaxColumnBytes) throw Misuse("--hash: the column has 255 characters");
  // No password has a zero byte, so what is not Unusable is a hash that can be checked, or that serves challenges.
  const bool is_usable = check_password("?", hash) != PasswordCheck::Unusable || challenge_scheme(hash);
  if (!is_usable) throw Misuse("--hash: no hash that extmail-authd knows: extmail-passwords(7) lists them");
  if (is_forced || extmail_can_check(hash)) return;
  throw Refused(
      "--hash: ExtMail can't check this one: {CRYPT} with a hash of crypt(3) is what all can; --force stores "
      "it anyway");
}

Secret hashed(const Secret& password, const std::string& scheme) {
  auto hash = hash_password(password.view(), kind_of(scheme));
  if (hash) return std::move(*hash);
  throw Refused("this password can't be stored as " + scheme + ": it is empty, has a zero byte, or is over " +
                std::to_string(scheme == "bcrypt" ? kMaxBcryptPasswordBytes : kMaxPasswordBytes) + " bytes");
}

}  // namespace

bool extmail_can_check(std::string_view stored) {
  constexpr std::array<std::string_view, 6> kKnown{"CRYPT", "MD5", "PLAIN-MD5", "PLAIN", "CLEARTEXT", "SHA"};
  const std::string name = scheme_name(stored);
  if (name.empty()) return stored.starts_with("$1$");
  return std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end();
}

void NewPassword::add_options(CLI::App& command, const std::string& from_stdin) {
  auto* reads = command.add_flag(from_stdin, is_from_stdin_, "Read the password as a line of standard input");
  auto* generates =
      command.add_flag("--generate", is_generated_, "Generate the password, and print it this once");
  auto* hash = command.add_option("--hash", given_hash_, "The hash, in place of the password");
  auto* scheme = command.add_option("--scheme", scheme_, "How to hash it: sha512-crypt, bcrypt, yescrypt")
                     ->capture_default_str()
                     ->check(CLI::IsMember({"sha512-crypt", "bcrypt", "yescrypt"}));
  command.add_flag("--force", is_forced_, "Take a weak password, or a hash that ExtMail can't check");
  reads->excludes(generates)->excludes(hash);
  generates->excludes(hash);
  scheme->excludes(hash);
}

Secret NewPassword::clear_password(const std::string& user) {
  const PasswordStrength strength;
  if (is_generated_) {
    generated_ = strength.generate();
    return generated_.clone();
  }
  auto given = is_from_stdin_ ? read_password_line() : ask_new_password();
  if (!given.is_found()) throw Misuse(given.reason());
  Secret password = std::move(given).value();
  if (password.view().find('\0') != std::string_view::npos) throw Misuse("a password has no zero byte");
  if (is_forced_) return password;
  if (const auto weakness = strength.weakness(password, user))
    throw Refused("the password is too weak: " + *weakness + "; --force takes it anyway");
  return password;
}

void NewPassword::take(const std::string& user) {
  if (!given_hash_.empty()) {
    check_hash(given_hash_, is_forced_);
    hash_ = Secret(given_hash_);
    wipe(given_hash_);
    return;
  }
  hash_ = hashed(clear_password(user), scheme_);
}

void NewPassword::tell(std::ostream& out) const {
  if (!generated_.empty()) out << "password: " << generated_.view() << std::endl;
}

}  // namespace extmail::ctl
