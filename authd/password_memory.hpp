// SPDX-License-Identifier: MIT
#pragma once

#include "core/keyed_digest.hpp"
#include "core/password_group.hpp"
#include "core/zeroed_array.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace extmail::authd {

/// Remembers which passwords were right, so that the next login with one costs no password hash.
///
/// What is kept is a digest of user, stored hash, how that was read, and password, under a key of this process: a changed
/// hash is forgotten by that, another default scheme too, and who reads the memory learns no password. Whether the account may log in is not remembered.
/// Threads: all members may be called concurrently. None waits for more than a few comparisons.
/// Limits: 16 bytes an entry, taken when first written. What was used longest ago makes room.
class VerifiedPasswords {
 public:
  /// 4 MiB.
  static constexpr std::size_t kDefaultEntries = 262'144;

  /// entries is rounded up to what fills the table.
  explicit VerifiedPasswords(std::size_t entries = kDefaultEntries);
  ~VerifiedPasswords();
  VerifiedPasswords(const VerifiedPasswords&) = delete;
  VerifiedPasswords& operator=(const VerifiedPasswords&) = delete;

  /// Whether exactly this was remember()ed.
  [[nodiscard]] bool knows(std::string_view user, const PasswordToCheck& password);

  /// password.password was verified against password.stored.
  void remember(std::string_view user, const PasswordToCheck& password);

  /// Where it was not remembered, nothing happens.
  void forget(std::string_view user, const PasswordToCheck& password);
  void forget_all();

  [[nodiscard]] std::size_t capacity() const { return sets_.size() * kWays; }

 private:
  /// Of as many entries, chosen by the digest, the one that was used longest ago makes room.
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kShards = 16;

  using Digest = DigestKey::Digest;
  using Set = std::array<Digest, kWays>;  // the one used last comes first; zero: none

  struct Place {
    Set& set;
    std::mutex& mutex;
  };
  [[nodiscard]] Digest digest_of(std::string_view user, const PasswordToCheck& password) const;
  [[nodiscard]] Place place_of(const Digest& digest);

  const DigestKey key_;
  ZeroedArray<Set> sets_;
  std::array<std::mutex, kShards> mutexes_;  // each guards the sets whose number it has as its remainder
};

}  // namespace extmail::authd
