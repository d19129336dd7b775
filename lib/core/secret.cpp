// SPDX-License-Identifier: MIT
#include "core/secret.hpp"

#include <cstring>
#include <utility>

#include <openssl/crypto.h>

namespace extmail {
namespace {

void reserve_wiping(std::string& text, std::size_t bytes) {
  if (bytes <= text.capacity()) return;
  std::string larger;
  larger.reserve(bytes);
  larger.append(text);
  wipe(text);
  text = std::move(larger);
}

}  // namespace

void wipe(void* data, std::size_t bytes) {
  explicit_bzero(data, bytes);
}

void wipe(std::string& text) {
  text.resize(text.capacity());
  wipe(text.data(), text.size());
  text.clear();
}

void append_wiping(std::string& text, std::string_view more) {
  const std::size_t bytes = text.size() + more.size();
  if (bytes > text.capacity()) reserve_wiping(text, 2 * bytes);
  text.append(more);
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
  reserve_wiping(text_, bytes);
}

void Secret::append(std::string_view more) {
  append_wiping(text_, more);
}

bool operator==(const Secret& a, const Secret& b) {
  return constant_time_equal(a.view(), b.view());
}

}  // namespace extmail
