// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "net/protocol.hpp"
#include "policyd/limits/ledger.hpp"
#include "policyd/pipeline.hpp"

namespace extmail::policyd {

/// Answers Postfix's policy requests by the rules. A request that is none is answered by closing, on which Postfix takes its
/// smtpd_policy_service_default_action.
///
/// Threads: as net::Protocol.
class PolicyProtocol final : public net::Protocol {
 public:
  /// All must outlive the protocol. The ledger hears of connections that end, whatever the rules are by then.
  PolicyProtocol(Pipeline& pipeline, Ledger& ledger, Log& log)
      : pipeline_(pipeline), ledger_(ledger), log_(log) {}

  [[nodiscard]] std::string_view name() const override { return "policy"; }
  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] Frame split(std::string_view input) const override;
  void serve(std::string_view payload, const net::Peer& peer, net::Responder responder) override;
  void ended(const net::Peer& peer) override { ledger_.ended(peer.connection); }

 private:
  Pipeline& pipeline_;
  Ledger& ledger_;
  Log& log_;
};

}  // namespace extmail::policyd
