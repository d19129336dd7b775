// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/state/state.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

/// Under what the stores keep what a key means: a byte for each kind of entry, so that equal keys of two kinds are two
/// entries.
namespace extmail::policyd {

/// Errors: throws std::length_error for what no caller should ask.
inline void check_length(std::string_view text) {
  if (text.size() > State::kMaxKeyBytes) throw std::length_error("a key of the state is too long");
}

inline std::string triplet_key(std::string_view key) {
  return std::string("t").append(key);
}
inline std::string passes_key(std::string_view key) {
  return std::string("p").append(key);
}
inline std::string correspondent_key(std::string_view key) {
  return std::string("r").append(key);
}
inline std::string set_key(std::string_view key) {
  return std::string("s").append(key);
}
inline std::string mark_key(std::string_view key) {
  return std::string("m").append(key);
}
/// With the period: slots of one are of no use to another.
inline std::string counter_key(std::string_view key, std::chrono::seconds period) {
  return ("c" + std::to_string(period.count()) + ":").append(key);
}

}  // namespace extmail::policyd
