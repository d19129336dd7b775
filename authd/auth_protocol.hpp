// SPDX-License-Identifier: MIT
#pragma once

#include "authd/announced_clients.hpp"
#include "authd/authenticator.hpp"
#include "authd/peer_rights.hpp"
#include "core/log.hpp"
#include "net/protocol.hpp"

#include <string>

#include <sys/types.h>

namespace extmail::authd {

/// The plugins' protocol (wire/auth_protocol.hpp). Who opened the socket may verify passwords and ask for
/// user data; all else takes PeerRights.
///
/// Threads: as net::Protocol; replace_rights() on the network thread.
class AuthProtocol final : public net::Protocol {
 public:
  /// authenticator, clients and log must outlive the protocol.
  AuthProtocol(Authenticator& authenticator, PeerRights rights, AnnouncedClients& clients, Log& log);

  void replace_rights(PeerRights rights) { rights_ = std::move(rights); }

  [[nodiscard]] std::string_view name() const override { return "auth"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;

 private:
  [[nodiscard]] wire::auth::Reply greet(const wire::auth::Request& hello) const;
  /// What the peer lacks for its request, in words for its log and ours; empty where it may ask.
  [[nodiscard]] std::string fault_of(const wire::auth::Request& request, uid_t peer) const;

  Authenticator& authenticator_;
  PeerRights rights_;
  AnnouncedClients& clients_;
  Log& log_;
};

}  // namespace extmail::authd
