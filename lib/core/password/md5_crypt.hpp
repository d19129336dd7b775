// SPDX-License-Identifier: MIT
#pragma once

#include "core/password/md5_lanes.hpp"
#include "core/secret.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace extmail::password {

/// A password, and the hash of MD5-crypt (`$1$salt$…`) that it is to be checked against, both of the usual lengths: what
/// is hashed in each of its thousand rounds then fits in one block of MD5.
struct Md5CryptCheck {
  std::string_view password;
  std::string_view salt;
  std::string_view hash;  ///< 22 characters

  /// What the salt may have, for the password to have 15 bytes.
  static constexpr std::size_t kMaxSaltBytes = 8;
  static constexpr std::size_t kMaxPasswordBytes = 15;
};

/// Empty for whatever is not quite so; libxcrypt then says what it is. Views of what was given.
[[nodiscard]] std::optional<Md5CryptCheck> read_md5_crypt(std::string_view password, std::string_view stored);

/// Whether each is right, as libxcrypt would say.
///
/// Takes about three times as long as one check of libxcrypt's, however many there are.
/// Precondition: at most kMd5Lanes.
[[nodiscard]] std::vector<bool> check_md5_crypt(const std::vector<Md5CryptCheck>& checks);

}  // namespace extmail::password
