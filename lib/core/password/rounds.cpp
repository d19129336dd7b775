// SPDX-License-Identifier: MIT
#include "core/password/rounds.hpp"

#include <charconv>
#include <system_error>

namespace extmail::password {

std::optional<int> read_rounds(std::string_view text) {
  int rounds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rounds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (rounds < 1 || rounds > kMaxRounds) return std::nullopt;
  return rounds;
}

}  // namespace extmail::password
