// SPDX-License-Identifier: MIT
#include "core/password/digest.hpp"

#include <memory>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace extmail::password {
namespace {

const EVP_MD* algorithm(Digest digest) {
  switch (digest) {
    case Digest::Md5:
      return EVP_md5();
    case Digest::Sha1:
      return EVP_sha1();
    case Digest::Sha256:
      return EVP_sha256();
    default:
      return EVP_sha512();
  }
}

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }  // wipes it
};

}  // namespace

std::size_t bytes_of(Digest digest) {
  return static_cast<std::size_t>(EVP_MD_get_size(algorithm(digest)));
}

bool compute_digest(Digest digest, std::string_view text, std::string_view salt,
                    WipedBytes<kMaxDigestBytes>& result) {
  static_assert(kMaxDigestBytes == EVP_MAX_MD_SIZE);
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  return context != nullptr && EVP_DigestInit_ex(context.get(), algorithm(digest), nullptr) == 1 &&
         EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
         EVP_DigestUpdate(context.get(), salt.data(), salt.size()) == 1 &&
         EVP_DigestFinal_ex(context.get(), result.data(), nullptr) == 1;
}

bool compute_hmac(Digest digest, std::string_view key, std::string_view text,
                  WipedBytes<kMaxDigestBytes>& result) {
  return HMAC(algorithm(digest), key.data(), static_cast<int>(key.size()), octets(text), text.size(),
              result.data(), nullptr) != nullptr;
}

bool derive_key(Digest digest, std::string_view password, std::string_view salt, int rounds,
                WipedBytes<kMaxDigestBytes>& result) {
  return PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), octets(salt),
                           static_cast<int>(salt.size()), rounds, algorithm(digest),
                           static_cast<int>(bytes_of(digest)), result.data()) == 1;
}

}  // namespace extmail::password
