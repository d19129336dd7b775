// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "wire/auth_protocol.hpp"

#include <string_view>

namespace extmail::authd {

/// Of whoever finds a queue full, or has waited in one for too long.
inline constexpr std::string_view kOverloaded = "too many requests are waiting";

/// An answer without user data.
[[nodiscard]] wire::auth::Reply refusal(const wire::auth::Request& request, wire::auth::Status status,
                                        std::string_view reason);

/// What a row that was not found says. A database fault is never Unknown.
[[nodiscard]] wire::auth::Reply failure(const wire::auth::Request& request, Outcome outcome,
                                        std::string_view reason);

template <typename T>
wire::auth::Reply failure(const wire::auth::Request& request, const Answer<T>& answer) {
  return failure(request, answer.outcome(), answer.reason());
}

}  // namespace extmail::authd
