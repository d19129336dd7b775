// SPDX-License-Identifier: MIT
#pragma once

#include "core/password/wiped_bytes.hpp"

#include <cstddef>
#include <string_view>

namespace extmail::password {

enum class Digest { Md5, Sha1, Sha256, Sha512 };

/// Longest of them: SHA-512.
inline constexpr std::size_t kMaxDigestBytes = 64;

[[nodiscard]] std::size_t bytes_of(Digest digest);

/// The digest of text and of salt behind it, or the reason why not: false where the system's policy forbids the
/// digest.
[[nodiscard]] bool compute_digest(Digest digest, std::string_view text, std::string_view salt,
                                  WipedBytes<kMaxDigestBytes>& result);

/// HMAC (RFC 2104); false as above.
[[nodiscard]] bool compute_hmac(Digest digest, std::string_view key, std::string_view text,
                                WipedBytes<kMaxDigestBytes>& result);

/// PBKDF2 (RFC 8018) with as many bytes as the digest has; false as above. Takes about as long as twice as many digests
/// as there are rounds.
[[nodiscard]] bool derive_key(Digest digest, std::string_view password, std::string_view salt, int rounds,
                              WipedBytes<kMaxDigestBytes>& result);

}  // namespace extmail::password
