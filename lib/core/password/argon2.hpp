// SPDX-License-Identifier: MIT
#pragma once

#include "core/password.hpp"
#include "core/secret.hpp"

#include <cstdint>
#include <string_view>

namespace extmail::password {

/// Checks against `$argon2i$…` or `$argon2id$…` of version 19, with any number of lanes, which are computed one
/// after the other.
///
/// Limits: kMaxArgon2Kib and kMaxArgon2Work; what is beyond is Unusable. A machine out of memory makes it Unusable too.
[[nodiscard]] PasswordCheck check_argon2(std::string_view password, const Secret& hash);

/// Whether a hash says costs within the limits.
[[nodiscard]] bool is_affordable_argon2(std::string_view hash);

/// 256 MiB, what libsodium and so Dovecot calls moderate. Each hashing thread may use so much at once.
inline constexpr std::uint64_t kMaxArgon2Kib = 262144;

/// Memory in KiB times passes over it: about a second.
inline constexpr std::uint64_t kMaxArgon2Work = 1048576;

}  // namespace extmail::password
