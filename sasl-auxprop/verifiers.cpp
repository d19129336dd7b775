// SPDX-License-Identifier: MIT
#include "verifiers.hpp"

#include "core/password/encoding.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include <strings.h>

namespace extmail::sasl {
namespace {

/// `{NAME}` at the start, in any case. What is behind it, if so.
std::optional<std::string_view> behind(std::string_view stored, std::string_view name) {
  const std::size_t size = name.size() + 2;
  if (stored.size() < size || stored.front() != '{' || stored[size - 1] != '}') return std::nullopt;
  if (::strncasecmp(stored.data() + 1, name.data(), name.size()) != 0) return std::nullopt;
  return stored.substr(size);
}

/// Dovecot has `rounds,salt,stored key,server key`; Cyrus `MECHANISM$rounds:salt$stored key:server key`.
std::optional<Secret> scram_value(std::string_view mechanism, std::string_view stored) {
  constexpr std::array<std::string_view, 4> kAfter{":", "$", ":", ""};
  Secret value;
  value.reserve(mechanism.size() + 1 + stored.size());
  value.append(mechanism);
  value.append("$");
  for (const auto after : kAfter) {
    const std::size_t comma = stored.find(',');
    const bool is_last = after.empty();
    if ((comma == std::string_view::npos) != is_last) return std::nullopt;
    const std::string_view part = stored.substr(0, comma);
    if (part.empty() || part.find_first_of("$:") != std::string_view::npos) return std::nullopt;
    value.append(part);
    value.append(after);
    stored = is_last ? std::string_view() : stored.substr(comma + 1);
  }
  return value;
}

/// The states of the hash after the two padded keys, four words each. Dovecot has that of the outer hash first, in little
/// endian and hexadecimal; Cyrus that of the inner first, in network byte order (cmusaslsecretCRAM-MD5).
std::optional<Secret> cram_md5_value(std::string_view stored) {
  constexpr std::size_t kStates = 32;
  constexpr std::size_t kWord = 4;
  const auto bytes = password::decode_hex(stored);
  if (!bytes || bytes->view().size() != kStates) return std::nullopt;
  const std::string_view dovecot = bytes->view();
  Secret value;
  value.reserve(kStates);
  for (std::size_t word = 0; word < kStates; word += kWord) {
    const std::size_t from = (word + kStates / 2) % kStates;
    for (std::size_t byte = kWord; byte-- > 0;)
      value.append(dovecot.substr(from + byte, 1));
  }
  return value;
}

std::optional<Verifier> named(std::string_view mechanism, const char* property, std::optional<Secret> value) {
  if (!value) return std::nullopt;
  return Verifier{mechanism, property, std::move(*value)};
}

}  // namespace

std::optional<Verifier> verifier_of(std::string_view stored) {
  for (const std::string_view scram : {"SCRAM-SHA-1", "SCRAM-SHA-256"}) {
    if (const auto text = behind(stored, scram))
      return named(scram, "authPassword", scram_value(scram, *text));
  }
  constexpr std::string_view kCram = "CRAM-MD5";
  if (const auto text = behind(stored, kCram))
    return named(kCram, "cmusaslsecretCRAM-MD5", cram_md5_value(*text));
  return std::nullopt;
}

}  // namespace extmail::sasl
