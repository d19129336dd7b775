// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/state/state.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Logins whose mail goes to Postfix's hold queue until somebody has had a look, as marks of the state. Logins are taken
/// in any case of letters.
///
/// Outcomes, threads: see State.
namespace extmail::policyd {

struct HeldLogin {
  std::string login;  ///< in lower case
  std::string why;
  std::chrono::sys_seconds until;
};

void hold_login(State& state, std::string_view login, std::string why, std::chrono::sys_seconds until);
void find_held_login(State& state, std::string_view login, State::Done<std::optional<HeldLogin>> done);
void list_held_logins(State& state, std::size_t at_most, State::Done<std::vector<HeldLogin>> done);

/// Whether it was held. What it did before now does not count any more, or it would be held again at once.
void release_login(State& state, std::string_view login, std::chrono::sys_seconds now,
                   State::Done<bool> done);

/// When it was last released, as a text that is another after each release; empty if it was not after that time. So that
/// what it did before the release counts no more, ask for one within the period of what is counted, up to kMaxPeriod.
void find_release(State& state, std::string_view login, std::chrono::sys_seconds after,
                  State::Done<std::string> done);

}  // namespace extmail::policyd
