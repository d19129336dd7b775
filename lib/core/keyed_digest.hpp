// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace extmail {

/// A key of this process's own, made at random, and digests under it: what was made of a secret tells nothing about it
/// to whoever has the digest but not the key.
///
/// Texts are taken one by one: {"ab", "c"} and {"a", "bc"} differ.
/// Threads: const members may be called concurrently.
class DigestKey {
 public:
  /// 128 bits: nobody meets another digest by trying.
  using Digest = std::array<std::uint64_t, 2>;

  DigestKey();
  /// Wipes the key.
  ~DigestKey();
  DigestKey(const DigestKey&) = delete;
  DigestKey& operator=(const DigestKey&) = delete;

  /// BLAKE2b.
  [[nodiscard]] Digest digest(std::initializer_list<std::string_view> texts) const;

  /// SipHash-2-4: a few times as fast, and enough to find an entry, or to see that two texts differ.
  [[nodiscard]] std::uint64_t short_digest(std::initializer_list<std::string_view> texts) const;

 private:
  static constexpr std::size_t kKeyBytes = 32;
  static constexpr std::size_t kShortKeyBytes = 16;

  std::array<unsigned char, kKeyBytes> key_{};
  std::array<unsigned char, kShortKeyBytes> short_key_{};
};

}  // namespace extmail
