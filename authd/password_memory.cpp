// SPDX-License-Identifier: MIT
#include "authd/password_memory.hpp"

#include "core/secret.hpp"

#include <algorithm>

namespace extmail::authd {

VerifiedPasswords::VerifiedPasswords(std::size_t entries)
    : sets_(std::max<std::size_t>(1, (entries + kWays - 1) / kWays)) {}

VerifiedPasswords::~VerifiedPasswords() {
  forget_all();
}

VerifiedPasswords::Digest VerifiedPasswords::digest_of(std::string_view user,
                                                       const PasswordToCheck& password) const {
  return key_.digest({user, password.stored, password.default_scheme, password.password});
}

VerifiedPasswords::Place VerifiedPasswords::place_of(const Digest& digest) {
  const std::size_t number = digest[0] % sets_.size();
  return {sets_[number], mutexes_[number % kShards]};
}

// Digests are compared in the ordinary way: how long that takes tells something about one that nobody can choose.
bool VerifiedPasswords::knows(std::string_view user, const PasswordToCheck& password) {
  const Digest digest = digest_of(user, password);
  const auto [set, mutex] = place_of(digest);
  const std::lock_guard lock(mutex);
  const auto found = std::find(set.begin(), set.end(), digest);
  if (found == set.end()) return false;
  std::rotate(set.begin(), found, found + 1);
  return true;
}

void VerifiedPasswords::remember(std::string_view user, const PasswordToCheck& password) {
  const Digest digest = digest_of(user, password);
  const auto [set, mutex] = place_of(digest);
  const std::lock_guard lock(mutex);
  const auto known = std::find(set.begin(), set.end(), digest);
  const auto last = known == set.end() ? set.end() - 1 : known;
  std::rotate(set.begin(), last, last + 1);
  set.front() = digest;
}

void VerifiedPasswords::forget(std::string_view user, const PasswordToCheck& password) {
  const Digest digest = digest_of(user, password);
  const auto [set, mutex] = place_of(digest);
  const std::lock_guard lock(mutex);
  const auto found = std::find(set.begin(), set.end(), digest);
  if (found == set.end()) return;
  *found = Digest{};
  std::rotate(found, found + 1, set.end());  // nothing stands behind an entry that is none
}

void VerifiedPasswords::forget_all() {
  for (std::size_t number = 0; number < sets_.size(); ++number) {
    const std::lock_guard lock(mutexes_[number % kShards]);
    // Only what was written: to wipe the rest would take the memory that it never took.
    Set& set = sets_[number];
    if (set.front() != Digest{}) wipe(&set, sizeof set);
  }
}

}  // namespace extmail::authd
