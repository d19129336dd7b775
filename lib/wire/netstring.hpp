// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace extmail::wire {

/// Finds the netstring `<decimal length>:<payload>,` at the start of input.
///
/// Malformed: a length with a leading zero, a sign, over max_payload_bytes or over nine digits; a missing
/// colon or comma.
[[nodiscard]] Frame split_netstring(std::string_view input, std::size_t max_payload_bytes);

/// Appends payload to out as a netstring.
void append_netstring(std::string& out, std::string_view payload);

/// How many bytes append_netstring() adds for a payload of this size.
[[nodiscard]] std::size_t netstring_size(std::size_t payload_bytes);

}  // namespace extmail::wire
