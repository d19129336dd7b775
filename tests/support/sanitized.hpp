// SPDX-License-Identifier: MIT
#pragma once

namespace extmail::tests {

/// Whether AddressSanitizer looks on: what is tried a hundred thousand times then takes minutes, and a tenth of it reads and
/// writes the same memory.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace extmail::tests
