// SPDX-License-Identifier: MIT
#include "authd/password_changer.hpp"

#include "core/hash.hpp"

#include <utility>

namespace extmail::authd {

PasswordChanger::PasswordChanger(PasswordWriter& writer, const Clock& clock, Log& log)
    : writer_(writer), clock_(clock), workers_(std::in_place, "password changes", 1, kMaxQueued, log) {}

bool PasswordChanger::submit(Change change, Done done) {
  const net::Lane lane{keyed_hash(change.username), kMaxQueuedOfUser};
  auto work = [this, change = std::move(change), done = std::move(done)] { done(run(change)); };
  const std::lock_guard lock(mutex_);
  return workers_ && workers_->submit(std::move(work), lane);
}

void PasswordChanger::end() {
  const std::lock_guard lock(mutex_);
  workers_.reset();
}

Answer<Changed> PasswordChanger::run(const Change& change) {
  using Result = Answer<Changed>;
  if (clock_.now() >= change.deadline) return Result::temporary_failure("too many requests are waiting");
  const auto replacement = hash_password(change.password.view(), change.rules.hash);
  if (!replacement)
    return Result::permanent_failure("the new hash can't be computed: see scheme in [authd.password_change]");
  return writer_.change(change.username, change.stored, *replacement,
                        clear_copy(change.password.view(), change.rules), change.deadline);
}

}  // namespace extmail::authd
