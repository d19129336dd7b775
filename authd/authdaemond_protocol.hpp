// SPDX-License-Identifier: MIT
#pragma once

#include "authd/authdaemond_accounts.hpp"
#include "authd/authenticator.hpp"
#include "authd/peer_rights.hpp"
#include "core/log.hpp"
#include "net/protocol.hpp"
#include "wire/authdaemond.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace extmail::authd {

/// Courier authdaemond's protocol (wire/authdaemond.hpp), for ExtMail, Cyrus SASL, maildrop and Courier's own programs.
///
/// Who opened the socket may try a password and ask where a user's mail is. A hash without knowing the password, the list of
/// mailboxes, and changes of passwords take PeerRights.
/// Threads: as net::Protocol; replace_settings() on the network thread.
class AuthdaemondProtocol final : public net::Protocol {
 public:
  struct Settings {
    std::shared_ptr<const AuthdaemondAccounts> accounts;  ///< never null
    PeerRights rights;
  };

  /// authenticator and log must outlive the protocol.
  AuthdaemondProtocol(Authenticator& authenticator, Settings settings, Log& log);

  void replace_settings(Settings settings) { settings_ = std::move(settings); }

  [[nodiscard]] std::string_view name() const override { return "authdaemond"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;

 private:
  using Request = wire::authdaemond::Request;
  /// Adds to what is told of an account the passwords that this client may have.
  using AddPasswords = std::function<void(wire::authdaemond::Account&, const AccountRecord&)>;

  void log_in(Request request, net::Responder responder);
  void look_up(const Request& request, bool is_privileged, net::Responder responder);
  void check_response(Request request, net::Responder responder);
  void submit(wire::auth::Request asked, net::Responder responder, AddPasswords add);
  /// Tells the account, with the passwords that add gives to it.
  [[nodiscard]] Authenticator::Done tell(const wire::auth::Request& asked, net::Responder responder,
                                         AddPasswords add) const;
  void change_password(Request request, net::Responder responder);
  /// For who lacks a right.
  void turn_away(const net::Peer& peer, std::string_view fault, net::Responder responder);
  void enumerate(net::Responder responder);

  Authenticator& authenticator_;
  Settings settings_;
  Log& log_;
};

}  // namespace extmail::authd
