// SPDX-License-Identifier: MIT
#include "policyd/state/state_key.hpp"

#include "core/hash.hpp"
#include "policyd/state/state.hpp"

#include <algorithm>
#include <cstddef>

namespace extmail::policyd {
namespace {

constexpr char kSeparator = '\t';
/// No part has such a byte, so no key that is not shortened looks like one that is.
constexpr std::string_view kShortened = "\x01sha256:";

/// Of the key's beginning, so that a list of keys by their first part still has it.
constexpr std::size_t kKeptBytes = State::kMaxKeyBytes / 2;

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    const auto number = static_cast<unsigned char>(byte);
    text += kDigits[number >> 4U];
    text += kDigits[number & 0xfU];
  }
  return text;
}

std::string shortened(std::string key) {
  Sha256 sha;
  sha.add(key);
  const std::string digest = hex(sha.finish());
  key.resize(kKeptBytes);
  key += kShortened;
  return key + digest;
}

}  // namespace

std::string state_key(std::initializer_list<std::string_view> parts) {
  std::size_t bytes = 0;
  for (const auto part : parts)
    bytes += part.size() + 1;
  std::string key;
  key.reserve(bytes);
  for (const auto part : parts) {
    key += part;
    key += kSeparator;
  }
  key.pop_back();
  if (key.size() > State::kMaxKeyBytes) return shortened(std::move(key));
  return key;
}

std::string key_part(std::string_view text) {
  std::string part(text);
  std::replace_if(
      part.begin(), part.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; },
      '?');
  return part;
}

}  // namespace extmail::policyd
