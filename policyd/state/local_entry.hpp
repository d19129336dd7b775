// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/state/sliding_counter.hpp"
#include "policyd/state/state.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace extmail::policyd {

/// The time that LocalState goes by, since 1970: see OwnTime.
using StateTime = std::chrono::milliseconds;

struct Triplet {
  StateTime first;
  std::optional<StateTime> passed;  ///< last
};

/// Triplets of a client or a sender domain that have passed.
struct Passes {
  std::uint64_t number = 0;
  StateTime last{0};
};

struct Correspondent {};

/// The members of a set, those noted longest ago first.
struct Members {
  struct Member {
    std::string name;
    StateTime noted;
  };
  std::chrono::seconds period{0};
  std::vector<Member> members;
};

struct MarkValue {
  std::string text;
  std::chrono::sys_seconds until;  ///< as the caller has it
};

using LocalValue = std::variant<SlidingCounter, Triplet, Passes, Correspondent, Members, MarkValue>;

/// What a value takes beside its place in an entry.
[[nodiscard]] std::size_t heap_bytes(const LocalValue& value);

/// As if all of it had been noted so much earlier; now is the time by which nothing may be in the future.
void shift_back(LocalValue& value, StateTime by, StateTime now);

/// As bytes for the disk. decode() is empty for what encode() never makes.
[[nodiscard]] std::string encode(const LocalValue& value);
[[nodiscard]] std::optional<LocalValue> decode(std::string_view bytes);

}  // namespace extmail::policyd
