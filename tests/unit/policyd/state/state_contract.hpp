// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/state/state.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace extmail::tests {

/// An empty state, and the time that it goes by.
class StateFixture {
 public:
  virtual ~StateFixture() = default;
  [[nodiscard]] virtual policyd::State& state() = 0;
  virtual void advance(std::chrono::seconds by) = 0;
  /// By which marks end.
  [[nodiscard]] virtual std::chrono::sys_seconds wall_time() const = 0;
};

using MakeState = std::function<std::unique_ptr<StateFixture>()>;

/// What holds of every State: call it in a test case; each of the table's lines is a section with a state of its own.
void check_state_contract(const MakeState& make);

/// Random histories of take() and give_back() against a list of what happened: never more than the limit within any
/// period, and nothing refused that would fit if all that was counted had left a slot after its period.
void check_counting(StateFixture& fixture, std::uint32_t seed, std::size_t histories);

}  // namespace extmail::tests
