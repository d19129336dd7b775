// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"

#include <cstdlib>
#include <string_view>

namespace extmail::tests {

/// Stops the fuzzer; unlike assert() in every build.
inline void require(bool holds) {
  if (!holds) std::abort();
}

/// What must hold of every decoder, whatever the bytes: what it took lies within them, and the frame that was
/// found does not depend on how the bytes were cut on their way (a shorter input never gives another frame,
/// and never is malformed where the longer one is fine).
template <typename Split>
Frame check_split(Split split, std::string_view input) {
  const Frame whole = split(input);
  if (whole.state != Frame::State::Complete) return whole;
  require(whole.consumed > 0 && whole.consumed <= input.size());
  require(whole.payload.data() >= input.data());
  require(whole.payload.data() + whole.payload.size() <= input.data() + input.size());
  for (std::size_t cut = 0; cut < whole.consumed; ++cut) {
    require(split(input.substr(0, cut)).state == Frame::State::Incomplete);
  }
  const Frame exact = split(input.substr(0, whole.consumed));
  require(exact.state == Frame::State::Complete && exact.payload == whole.payload);
  return whole;
}

}  // namespace extmail::tests
