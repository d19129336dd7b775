// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace extmail::redis {

/// What Redis says to a command.
struct Reply {
  enum class Kind : std::uint8_t { Nil, Integer, Text, Array, Error };

  Kind kind = Kind::Nil;
  std::int64_t integer = 0;
  std::string text;          ///< of Text and Error
  std::vector<Reply> items;  ///< of Array

  [[nodiscard]] bool is_error() const { return kind == Kind::Error; }
};

/// A command and its arguments: bytes, never parsed as text.
using Command = std::vector<std::string>;

}  // namespace extmail::redis
