// SPDX-License-Identifier: MIT
#include "core/hash.hpp"

#include <cstring>
#include <stdexcept>

#include <openssl/evp.h>
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

std::string sha1_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned bytes = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &bytes, EVP_sha1(), nullptr) != 1)
    throw std::runtime_error("libcrypto has no SHA-1");
  std::string digits(std::size_t{2} * bytes + 1, '\0');  // with the zero that libsodium ends it by
  sodium_bin2hex(digits.data(), digits.size(), digest.data(), bytes);
  digits.pop_back();
  return digits;
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
