// SPDX-License-Identifier: MIT
#pragma once

#include "authd/announced_clients.hpp"
#include "authd/authenticator.hpp"
#include "net/protocol.hpp"

#include <string>

namespace extmail::authd {

/// Cyrus SASL's saslauthd protocol (wire/saslauthd.hpp), for PLAIN and LOGIN against hashed passwords. The client's
/// address, which it lacks, is what the auxprop plugin in the same process told just before (AnnouncedClients).
///
/// Threads: as net::Protocol.
class SaslauthdProtocol final : public net::Protocol {
 public:
  /// authenticator and clients must outlive the protocol.
  SaslauthdProtocol(Authenticator& authenticator, AnnouncedClients& clients);

  [[nodiscard]] std::string_view name() const override { return "saslauthd"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  [[nodiscard]] std::string_view farewell() const override { return refusal_; }
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;

 private:
  Authenticator& authenticator_;
  AnnouncedClients& clients_;
  const std::string refusal_;
};

}  // namespace extmail::authd
