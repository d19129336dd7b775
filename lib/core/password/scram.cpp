// SPDX-License-Identifier: MIT
#include "core/password/scram.hpp"

#include "core/password/encoding.hpp"
#include "core/password/rounds.hpp"

#include <array>
#include <utility>

namespace extmail::password {
namespace {

/// Cuts text into as many fields as there is room for; false if it has not exactly so many.
template <std::size_t kFields>
bool split(std::string_view text, std::array<std::string_view, kFields>& fields) {
  for (std::size_t i = 0; i < kFields; ++i) {
    const std::size_t comma = text.find(',');
    const bool last = i + 1 == kFields;
    if ((comma == std::string_view::npos) != last) return false;
    fields[i] = text.substr(0, comma);
    if (!last) text.remove_prefix(comma + 1);
  }
  return true;
}

/// With its padding, without which Dovecot doesn't read it.
std::optional<Secret> decode_padded(std::string_view text) {
  constexpr std::size_t kGroup = 4;
  return text.size() % kGroup == 0 ? decode_base64(text) : std::nullopt;
}

}  // namespace

std::optional<ScramVerifier> read_scram(std::string_view text, Digest digest) {
  std::array<std::string_view, 4> fields;
  if (!split(text, fields)) return std::nullopt;
  const auto rounds = read_rounds(fields[0]);
  auto salt = decode_padded(fields[1]);
  auto stored_key = decode_padded(fields[2]);
  auto server_key = decode_padded(fields[3]);
  if (!rounds || *rounds < kMinScramRounds || !salt || !stored_key || !server_key) return std::nullopt;
  const std::size_t length = bytes_of(digest);
  if (stored_key->view().size() != length || server_key->view().size() != length) return std::nullopt;
  return ScramVerifier{*rounds, std::move(*salt), std::move(*stored_key), std::move(*server_key)};
}

PasswordCheck check_scram(std::string_view password, const ScramVerifier& verifier, Digest digest) {
  const std::size_t length = bytes_of(digest);
  WipedBytes<kMaxDigestBytes> salted_password;
  WipedBytes<kMaxDigestBytes> client_key;
  WipedBytes<kMaxDigestBytes> stored_key;
  WipedBytes<kMaxDigestBytes> server_key;
  if (!derive_key(digest, password, verifier.salt.view(), verifier.rounds, salted_password) ||
      !compute_hmac(digest, salted_password.view(length), "Client Key", client_key) ||
      !compute_digest(digest, client_key.view(length), {}, stored_key) ||
      !compute_hmac(digest, salted_password.view(length), "Server Key", server_key))
    return PasswordCheck::Unusable;
  const bool stored = constant_time_equal(stored_key.view(length), verifier.stored_key.view());
  const bool server = constant_time_equal(server_key.view(length), verifier.server_key.view());
  if (stored != server) return PasswordCheck::Unusable;
  return stored ? PasswordCheck::Match : PasswordCheck::Mismatch;
}

}  // namespace extmail::password
