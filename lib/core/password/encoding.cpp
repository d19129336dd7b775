// SPDX-License-Identifier: MIT
#include "core/password/encoding.hpp"

#include "core/address.hpp"

#include <string>

#include <sodium.h>

namespace extmail::password {
namespace {

/// decode(to, capacity, length) returns 0 if all of the text was what it should be.
template <typename Decode>
std::optional<Secret> decoded(std::size_t most, Decode decode) {
  std::string bytes(most, '\0');
  std::size_t length = 0;
  std::optional<Secret> result;
  if (decode(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), &length) == 0) {
    result.emplace(std::string_view(bytes).substr(0, length));
  }
  wipe(bytes);
  return result;
}

}  // namespace

std::optional<Secret> decode_hex(std::string_view text) {
  return decoded(text.size() / 2, [text](unsigned char* to, std::size_t capacity, std::size_t* length) {
    return sodium_hex2bin(to, capacity, text.data(), text.size(), nullptr, length, nullptr);
  });
}

std::optional<Secret> decode_base64(std::string_view text) {
  // libsodium 1.0.18 takes 0xAF for a slash.
  if (!is_ascii(text)) return std::nullopt;
  const bool padded = !text.empty() && text.back() == '=';
  const int variant = padded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  return decoded(text.size(), [&](unsigned char* to, std::size_t capacity, std::size_t* length) {
    return sodium_base642bin(to, capacity, text.data(), text.size(), nullptr, length, nullptr, variant);
  });
}

}  // namespace extmail::password
