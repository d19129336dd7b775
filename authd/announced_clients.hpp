// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "net/protocol.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include <sys/types.h>

namespace extmail::authd {

/// From where those log in whose passwords come by the saslauthd protocol, which has no word for it.
///
/// With `pwcheck_method: auxprop saslauthd` libsasl2 asks the auxprop plugin first, which tells the client's address, then
/// sends the password to saslauthd, from the same process (as SO_PEERCRED has it) and for the same user. Without this, guesses by
/// SMTP would be neither slowed down nor found by fail2ban, as long as the password is stored as a hash.
///
/// Threads: one at a time.
/// Limits: kMaxClients, the oldest of which make room, each for kRemembered.
class AnnouncedClients {
 public:
  static constexpr std::size_t kMaxClients = 4096;

  /// The second question follows at once; but the first one may have been held back, and the host was tired of waiting.
  static constexpr std::chrono::seconds kRemembered{30};

  /// Beyond what any address, with its zone, has.
  static constexpr std::size_t kMaxRemoteBytes = 128;

  /// clock must outlive it. Unless are_asked_for, by the saslauthd protocol, none are kept.
  explicit AnnouncedClients(const Clock& clock, bool are_asked_for = true)
      : clock_(clock), are_asked_for_(are_asked_for) {}

  /// peer has asked for what is stored of user's password, for somebody at remote. Counts instead of what it said before.
  /// user is as libsasl2 has it before it takes the realm off for saslauthd. False where nothing is kept: nobody will know
  /// where the one is whose password comes.
  bool announce(const net::Peer& peer, std::string_view user, std::string_view remote);

  /// Where the person is whose password peer sends, once for each announcement; empty where nobody told. user is as
  /// wire::SaslauthdRequest::user() joins it.
  [[nodiscard]] std::string take(const net::Peer& peer, std::string_view user);

 private:
  using Key = std::tuple<pid_t, uid_t, std::string>;
  struct Client {
    Time announced;
    std::string remote;
    std::list<Key>::iterator age;
  };

  void forget(std::map<Key, Client>::iterator client);
  void forget_old();

  const Clock& clock_;
  const bool are_asked_for_;
  std::map<Key, Client> clients_;
  std::list<Key> by_age_;  // the oldest first
};

}  // namespace extmail::authd
