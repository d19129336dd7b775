// SPDX-License-Identifier: MIT
#pragma once

#include "authd/authenticator.hpp"
#include "core/log.hpp"
#include "net/protocol.hpp"

#include <set>

#include <sys/types.h>

namespace extmail::authd {

/// The plugins' protocol (wire/auth_protocol.hpp). Who opened the socket may verify passwords and ask for
/// user data; credentials and the list of users only the accounts of the configuration get, known by SO_PEERCRED.
///
/// Threads: as net::Protocol; replace_credentials_users() on the network thread.
class AuthProtocol final : public net::Protocol {
 public:
  /// authenticator and log must outlive the protocol.
  AuthProtocol(Authenticator& authenticator, std::set<uid_t> credentials_users, Log& log);

  void replace_credentials_users(std::set<uid_t> users) { credentials_users_ = std::move(users); }

  [[nodiscard]] std::string_view name() const override { return "auth"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;

 private:
  [[nodiscard]] wire::auth::Reply greet(const wire::auth::Request& hello) const;

  Authenticator& authenticator_;
  std::set<uid_t> credentials_users_;
  Log& log_;
};

}  // namespace extmail::authd
