// SPDX-License-Identifier: MIT
#pragma once

#include "authd/new_password.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/password_writer.hpp"
#include "core/secret.hpp"
#include "net/workers.hpp"

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace extmail::authd {

/// Hashes new passwords and puts them in place of the old ones. Whether somebody may change a password is decided before.
///
/// Outcomes: NotFound: the row is another one by now, and was left alone. After TemporaryFailure it may have been changed,
/// where the connection to the database was lost in between. PermanentFailure: the system can't make that kind of hash, or
/// the database account lacks the right to UPDATE.
/// Threads: all members may be called concurrently. One thread does one change after the other.
/// Limits: kMaxQueued changes wait, kMaxQueuedOfUser of one user; passwords are wiped when done.
class PasswordChanger {
 public:
  static constexpr std::size_t kMaxQueued = 64;
  static constexpr std::size_t kMaxQueuedOfUser = 4;

  struct Change {
    std::string username;  ///< as its row has it
    Secret stored;         ///< what its column password has so far
    Secret password;       ///< without a fault_of_new_password()
    NewPasswordRules rules;
    Deadline deadline;
  };
  using Done = std::function<void(const Answer<Changed>&)>;

  /// writer, clock and log must outlive it.
  PasswordChanger(PasswordWriter& writer, const Clock& clock, Log& log);

  /// done is called once, on the changer's thread. False where too many wait, or it was told to end; then done is not called.
  [[nodiscard]] bool submit(Change change, Done done);

  /// Waits for the change under way; those that wait are destroyed unanswered, and none is taken any more.
  void end();

 private:
  [[nodiscard]] Answer<Changed> run(const Change& change);

  PasswordWriter& writer_;
  const Clock& clock_;
  std::mutex mutex_;  // guards workers_
  std::optional<net::Workers> workers_;
};

}  // namespace extmail::authd
