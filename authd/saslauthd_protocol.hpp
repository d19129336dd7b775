// SPDX-License-Identifier: MIT
#pragma once

#include "authd/authenticator.hpp"
#include "net/protocol.hpp"

#include <string>

namespace extmail::authd {

/// Cyrus SASL's saslauthd protocol (wire/saslauthd.hpp), for PLAIN and LOGIN against hashed passwords.
///
/// Threads: as net::Protocol.
class SaslauthdProtocol final : public net::Protocol {
 public:
  /// authenticator must outlive the protocol.
  explicit SaslauthdProtocol(Authenticator& authenticator);

  [[nodiscard]] std::string_view name() const override { return "saslauthd"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  [[nodiscard]] std::string_view farewell() const override { return refusal_; }
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;

 private:
  Authenticator& authenticator_;
  const std::string refusal_;
};

}  // namespace extmail::authd
