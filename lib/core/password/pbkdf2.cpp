// SPDX-License-Identifier: MIT
#include "core/password/pbkdf2.hpp"

#include "core/password/digest.hpp"
#include "core/password/encoding.hpp"
#include "core/password/rounds.hpp"

#include <utility>

namespace extmail::password {

std::optional<Pbkdf2Hash> read_pbkdf2(std::string_view text) {
  constexpr std::string_view kStart = "$1$";
  if (text.substr(0, kStart.size()) != kStart) return std::nullopt;
  const std::string_view fields = text.substr(kStart.size());
  const std::size_t first = fields.find('$');
  const std::size_t second = fields.find('$', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto rounds = read_rounds(fields.substr(first + 1, second - first - 1));
  auto key = decode_hex(fields.substr(second + 1));
  if (!rounds || !key || key->view().size() != bytes_of(Digest::Sha1)) return std::nullopt;
  return Pbkdf2Hash{fields.substr(0, first), *rounds, std::move(*key)};
}

PasswordCheck check_pbkdf2(std::string_view password, const Pbkdf2Hash& hash) {
  WipedBytes<kMaxDigestBytes> key;
  if (!derive_key(Digest::Sha1, password, hash.salt, hash.rounds, key)) return PasswordCheck::Unusable;
  return constant_time_equal(key.view(bytes_of(Digest::Sha1)), hash.key.view()) ? PasswordCheck::Match
                                                                                : PasswordCheck::Mismatch;
}

}  // namespace extmail::password
