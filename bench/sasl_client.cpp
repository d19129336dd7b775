// SPDX-License-Identifier: MIT
#include "sasl_client.hpp"

#include <array>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace extmail::bench {
namespace {

/// HMAC-MD5, made ready once: to look it up takes libcrypto longer than to compute it.
class HmacMd5 {
 public:
  HmacMd5() : mac_(::EVP_MAC_fetch(nullptr, "HMAC", nullptr)), context_(::EVP_MAC_CTX_new(mac_)) {
    std::array<char, 4> digest{"MD5"};
    const std::array<OSSL_PARAM, 2> parameters{
        ::OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        ::OSSL_PARAM_construct_end()};
    require(context_ != nullptr && ::EVP_MAC_CTX_set_params(context_, parameters.data()) == 1);
  }
  HmacMd5(const HmacMd5&) = delete;
  HmacMd5& operator=(const HmacMd5&) = delete;
  ~HmacMd5() {
    ::EVP_MAC_CTX_free(context_);
    ::EVP_MAC_free(mac_);
  }

  [[nodiscard]] std::string hex(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::size_t length = 0;
    require(::EVP_MAC_init(context_, bytes(key), key.size(), nullptr) == 1 &&
            ::EVP_MAC_update(context_, bytes(text), text.size()) == 1 &&
            ::EVP_MAC_final(context_, digest.data(), &length, digest.size()) == 1);
    std::string hex;
    for (std::size_t i = 0; i < length; ++i) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      hex += kDigits[digest.at(i) >> 4U];
      hex += kDigits[digest.at(i) & 15U];
    }
    return hex;
  }

 private:
  static void require(bool has_worked) {
    if (!has_worked) throw std::runtime_error("libcrypto has no HMAC-MD5");
  }

  static const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }

  EVP_MAC* mac_;
  EVP_MAC_CTX* context_;
};

}  // namespace

SaslClient::SaslClient(const User& user, std::string_view mechanism)
    : user_(user), is_plain_(mechanism == "PLAIN") {
  if (!is_plain_ && mechanism != "CRAM-MD5")
    throw std::runtime_error("the mechanism must be PLAIN or CRAM-MD5");
}

std::optional<std::string> SaslClient::initial() const {
  if (!is_plain_) return std::nullopt;
  std::string response(1, '\0');
  return response.append(user_.name).append(1, '\0').append(user_.password);
}

std::string SaslClient::respond(std::string_view challenge) const {
  if (is_plain_) throw std::runtime_error("a challenge to PLAIN, which has none");
  static HmacMd5 hmac;  // a process of the load has one thread
  return user_.name + ' ' + hmac.hex(user_.password, challenge);
}

}  // namespace extmail::bench
