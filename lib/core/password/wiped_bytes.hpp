// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace extmail::password {

/// Room for a digest or a key, wiped at the end.
template <std::size_t kBytes>
class WipedBytes {
 public:
  WipedBytes() = default;
  ~WipedBytes() { wipe(bytes_.data(), bytes_.size()); }
  WipedBytes(const WipedBytes&) = delete;
  WipedBytes& operator=(const WipedBytes&) = delete;

  [[nodiscard]] unsigned char* data() { return bytes_.data(); }

  /// The first so many bytes, at most kBytes.
  [[nodiscard]] std::string_view view(std::size_t bytes) const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes < kBytes ? bytes : kBytes};
  }

 private:
  std::array<unsigned char, kBytes> bytes_{};
};

}  // namespace extmail::password
