// SPDX-License-Identifier: MIT
#include "core/keyed_digest.hpp"

#include "core/secret.hpp"

#include <stdexcept>

#include <sodium.h>

namespace extmail {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

DigestKey::DigestKey() {
  static_assert(kKeyBytes == crypto_generichash_KEYBYTES);
  static_assert(kShortKeyBytes == crypto_shorthash_KEYBYTES);
  // Picks the code that is fastest on this processor, and makes sure that there are random numbers.
  if (sodium_init() < 0) throw std::runtime_error("libsodium can't be initialised");
  randombytes_buf(key_.data(), key_.size());
  randombytes_buf(short_key_.data(), short_key_.size());
}

DigestKey::~DigestKey() {
  wipe(key_.data(), key_.size());
  wipe(short_key_.data(), short_key_.size());
}

DigestKey::Digest DigestKey::digest(std::initializer_list<std::string_view> texts) const {
  Digest digest{};
  static_assert(sizeof digest >= crypto_generichash_BYTES_MIN);
  crypto_generichash_state state;
  crypto_generichash_init(&state, key_.data(), key_.size(), sizeof digest);
  for (const std::string_view text : texts) {
    const std::uint64_t bytes = text.size();
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&bytes), sizeof bytes);
    crypto_generichash_update(&state, bytes_of(text), text.size());
  }
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(digest.data()), sizeof digest);
  wipe(&state, sizeof state);  // it holds the last of the texts
  return digest;
}

std::uint64_t DigestKey::short_digest(std::initializer_list<std::string_view> texts) const {
  // Each by itself, then what came of them: no copy of a text is made.
  std::array<std::uint64_t, 2> chain{};
  static_assert(sizeof chain.front() == crypto_shorthash_BYTES);
  for (const std::string_view text : texts) {
    crypto_shorthash(reinterpret_cast<unsigned char*>(&chain[1]), bytes_of(text), text.size(),
                     short_key_.data());
    crypto_shorthash(reinterpret_cast<unsigned char*>(chain.data()),
                     reinterpret_cast<const unsigned char*>(chain.data()), sizeof chain, short_key_.data());
  }
  return chain[0];
}

}  // namespace extmail
