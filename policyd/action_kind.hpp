// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace extmail::policyd {

/// What an action does to the mail, for metrics and logs.
enum class ActionKind : std::uint8_t { Reject, Defer, Hold, Other };

inline constexpr std::size_t kActionKinds = 4;

/// By the words of access(5): 5xx, REJECT and DISCARD reject; 4xx and DEFER… defer; HOLD holds; anything else, such as
/// DUNNO, OK and PREPEND, is Other.
[[nodiscard]] ActionKind kind_of(std::string_view action);

/// As metrics and logs have it: `reject`, `defer`, `hold`, `other`.
[[nodiscard]] std::string_view name_of(ActionKind kind);

}  // namespace extmail::policyd
