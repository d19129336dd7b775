// SPDX-License-Identifier: MIT
#include "core/secret.hpp"

#include <openssl/crypto.h>

namespace extmail {

void wipe(void* data, std::size_t bytes) {
  OPENSSL_cleanse(data, bytes);
}

void wipe(std::string& text) {
  text.resize(text.capacity());
  wipe(text.data(), text.size());
  text.clear();
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Secret::Secret(std::string_view text) : text_(text) {}

// A short string moves by copying its bytes, so the source is wiped, not just left behind.
Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
  wipe(other.text_);
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(text_);
    text_ = std::move(other.text_);
    wipe(other.text_);
  }
  return *this;
}

Secret::~Secret() {
  wipe(text_);
}

void Secret::reserve(std::size_t bytes) {
  if (bytes <= text_.capacity()) return;
  std::string larger;
  larger.reserve(bytes);
  larger.append(text_);
  wipe(text_);
  text_ = std::move(larger);
}

void Secret::append(std::string_view more) {
  if (text_.size() + more.size() > text_.capacity()) reserve(2 * (text_.size() + more.size()));
  text_.append(more);
}

}  // namespace extmail
