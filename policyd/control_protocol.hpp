// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "net/protocol.hpp"
#include "policyd/limits/headroom.hpp"
#include "policyd/rehearsal.hpp"
#include "policyd/state/state.hpp"

#include <string_view>

namespace extmail::policyd {

/// What extmailctl asks of the running daemon, a line each:
///
///     held            `LOGIN TAB UNTIL TAB WHY` for each login that is held, UNTIL in seconds since 1970, then `OK`
///     release LOGIN   `OK` or `NOT_HELD`
///     limits SUBJECT  a line for each bound of each limit that concerns it (see Headroom), then `OK`:
///                     `LIMIT TAB BOUND TAB PER TAB WHOM TAB COUNT TAB PERIOD TAB USED TAB ALLOWED TAB ROOM_IN TAB MODE TAB FROM`,
///                     BOUND being limit or burst, ALLOWED empty where there is no bound, times in seconds, MODE enforce or
///                     log, FROM the subject of extmail_policy or empty
///     explain ATTRS   what would become of a policy request with these attributes, `NAME=VALUE` with a TAB between two:
///                     `RULE TAB SAID TAB ACTION TAB WHY` for each rule that was asked, SAID being `nothing`, `action`,
///                     `tried_out`, `exempt` or `failure`; `= TAB ACTION`, which Postfix would be told; then `OK`
///
/// Whatever else, and where the state can't tell, is `ERROR` and why. A tab or line break in a login is none.
/// The socket's mode says who may ask. Limits: a request has up to kMaxRequestBytes, an answer kMaxLogins logins.
/// Threads: as net::Protocol.
class ControlProtocol final : public net::Protocol {
 public:
  static constexpr std::size_t kMaxRequestBytes = 8192;
  static constexpr std::size_t kMaxLogins = 1000;

  /// All must outlive the protocol.
  ControlProtocol(State& state, Headroom& headroom, Rehearsal& rehearsal, Log& log)
      : state_(state), headroom_(headroom), rehearsal_(rehearsal), log_(log) {}

  [[nodiscard]] std::string_view name() const override { return "control"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;

 private:
  void list(net::Responder responder);
  void release(std::string_view login, const net::Peer& peer, net::Responder responder);

  void show_limits(std::string_view subject, net::Responder responder);
  void explain(std::string_view attributes, net::Responder responder);

  State& state_;
  Headroom& headroom_;
  Rehearsal& rehearsal_;
  Log& log_;
};

}  // namespace extmail::policyd
