// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace extmail::policyd {

/// A key of the state: the parts, separated by tabs, or what stands for them where they are longer than
/// State::kMaxKeyBytes. That is the same on all hosts which share the state, and no shorter key is ever the same.
///
/// No part may have a control character in it, or other parts could make the same key: addresses (core/address.hpp) and
/// networks never have one; use key_part() for other peer text.
/// Precondition: there is a part.
[[nodiscard]] std::string state_key(std::initializer_list<std::string_view> parts);

/// Peer text with its control characters replaced.
[[nodiscard]] std::string key_part(std::string_view text);

}  // namespace extmail::policyd
