// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace extmail::password {

/// Whether checking a crypt(3) hash would keep a thread busy for longer than about a second, or take more than
/// 256 MiB. A hash says itself how much work it is, up to minutes and gigabytes, so a few rows of somebody who may
/// write the column could stop everybody's logins.
[[nodiscard]] bool is_too_costly(std::string_view hash);

/// Whether a crypt(3) hash is of an old kind, or takes less work than a new one. False for what is no hash, and for one
/// that is too costly.
[[nodiscard]] bool is_cheap(std::string_view hash);

// What new hashes cost, in the terms of crypt(5): 25 ms, and 55 ms each.
inline constexpr unsigned long kNewSha512Rounds = 100000;
inline constexpr unsigned long kNewBcryptCost = 10;
inline constexpr unsigned long kNewYescryptCost = 5;  // the library's own default, `j9T`: 16 MiB

/// Rounds of HMAC-SHA-1 (PBKDF2, `$sha1$`) that take as long as a new hash.
inline constexpr unsigned long kEnoughSha1Rounds = 150000;

}  // namespace extmail::password
