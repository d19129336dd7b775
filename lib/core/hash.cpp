// SPDX-License-Identifier: MIT
#include "core/hash.hpp"

#include <cstring>

#include <sodium.h>

namespace extmail {
namespace {

using HashKey = std::array<unsigned char, crypto_shorthash_KEYBYTES>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

HashKey make_key() {
  HashKey key{};
  randombytes_buf(key.data(), key.size());
  return key;
}

}  // namespace

std::uint64_t keyed_hash(std::string_view text) {
  static const HashKey key = make_key();
  std::array<unsigned char, crypto_shorthash_BYTES> hash{};
  crypto_shorthash(hash.data(), bytes_of(text), text.size(), key.data());
  std::uint64_t number = 0;
  static_assert(sizeof number == hash.size());
  std::memcpy(&number, hash.data(), hash.size());
  return number;
}

struct Sha256::State {
  crypto_hash_sha256_state sha;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  static_assert(kBytes == crypto_hash_sha256_BYTES);
  crypto_hash_sha256_init(&state_->sha);
}
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  crypto_hash_sha256_update(&state_->sha, bytes_of(bytes), bytes.size());
}

std::string Sha256::finish() {
  std::array<unsigned char, kBytes> digest{};
  crypto_hash_sha256_final(&state_->sha, digest.data());
  return {digest.begin(), digest.end()};
}

}  // namespace extmail
