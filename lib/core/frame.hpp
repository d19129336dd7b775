// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace extmail {

/// What a decoder found at the start of a peer's byte stream. The codecs of lib/wire make frames, the
/// sessions of lib/net ask for them; neither knows the other.
///
/// Ownership: payload and error view the decoder's input and static text.
struct Frame {
  enum class State {
    Incomplete,  ///< well-formed so far; more bytes are needed
    Complete,    ///< payload holds one request; consumed bytes belong to it
    Malformed,   ///< no further byte can mend it: log error and close
  };

  State state = State::Incomplete;
  std::string_view payload;
  std::size_t consumed = 0;
  std::string_view error;

  static Frame incomplete() { return {}; }
  static Frame complete(std::string_view payload, std::size_t consumed) {
    return {State::Complete, payload, consumed, {}};
  }
  static Frame malformed(std::string_view error) { return {State::Malformed, {}, 0, error}; }
};

}  // namespace extmail
