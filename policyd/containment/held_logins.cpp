// SPDX-License-Identifier: MIT
#include "policyd/containment/held_logins.hpp"

#include "core/address.hpp"
#include "policyd/containment/containment_settings.hpp"
#include "policyd/state/state_key.hpp"

#include <utility>

namespace extmail::policyd {
namespace {

constexpr std::string_view kHold = "hold:";
constexpr std::string_view kRelease = "release:";

std::string key_of(std::string_view prefix, std::string_view login) {
  return state_key({std::string(prefix) + key_part(fold_case(login))});
}

HeldLogin held_login_of(const Mark& mark) {
  return {mark.key.substr(kHold.size()), mark.text, mark.until};
}

}  // namespace

void hold_login(State& state, std::string_view login, std::string why, std::chrono::sys_seconds until) {
  state.set_mark({key_of(kHold, login), std::move(why), until});
}

void find_held_login(State& state, std::string_view login, State::Done<std::optional<HeldLogin>> done) {
  using Held = std::optional<HeldLogin>;
  state.find_mark(key_of(kHold, login), [done = std::move(done)](const Answer<std::optional<Mark>>& mark) {
    if (!mark.is_found()) return done(Answer<Held>::same_failure(mark));
    done(Answer<Held>::found(mark.value() ? Held(held_login_of(*mark.value())) : std::nullopt));
  });
}

void list_held_logins(State& state, std::size_t at_most, State::Done<std::vector<HeldLogin>> done) {
  using List = std::vector<HeldLogin>;
  state.list_marks(std::string(kHold), at_most,
                   [done = std::move(done)](const Answer<std::vector<Mark>>& marks) {
                     if (!marks.is_found()) return done(Answer<List>::same_failure(marks));
                     List logins;
                     for (const auto& mark : marks.value())
                       logins.push_back(held_login_of(mark));
                     done(Answer<List>::found(std::move(logins)));
                   });
}

void release_login(State& state, std::string_view login, std::chrono::sys_seconds now,
                   State::Done<bool> done) {
  state.set_mark({key_of(kRelease, login), std::to_string(now.time_since_epoch().count()),
                  now + ContainmentSettings::kMaxPeriod});
  state.remove_mark(key_of(kHold, login), std::move(done));
}

void find_release(State& state, std::string_view login, std::chrono::sys_seconds after,
                  State::Done<std::string> done) {
  state.find_mark(key_of(kRelease, login),
                  [after, done = std::move(done)](const Answer<std::optional<Mark>>& mark) {
                    if (!mark.is_found()) return done(Answer<std::string>::same_failure(mark));
                    const auto& found = mark.value();
                    const bool is_late = found && found->until > after + ContainmentSettings::kMaxPeriod;
                    done(Answer<std::string>::found(is_late ? found->text : std::string()));
                  });
}

}  // namespace extmail::policyd
